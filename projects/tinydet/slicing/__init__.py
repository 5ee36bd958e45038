"""Pictures in tiles: their geometry, reading, training and testing, and the merging of results."""

from tinydet.slicing.geometry import tile_grid, touching, visible_share

__all__ = ["tile_grid", "touching", "visible_share"]
