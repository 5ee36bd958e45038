"""Pictures in tiles: their geometry, reading, training and testing, and the merging of results."""

from tinydet.slicing.geometry import tile_grid, touching, visible_share
from tinydet.slicing.merging import merge
from tinydet.slicing.reading import open_picture, read_ahead, tile_pixels

__all__ = [
    "merge",
    "open_picture",
    "read_ahead",
    "tile_grid",
    "tile_pixels",
    "touching",
    "visible_share",
]
