"""Pictures in tiles: their geometry, reading, training and testing, and the merging of results."""

from tinydet.slicing.geometry import tile_grid, touching, visible_share
from tinydet.slicing.merging import merge

__all__ = ["merge", "tile_grid", "touching", "visible_share"]
