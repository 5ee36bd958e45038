from tinydet.models.layers.lff import LFF
from tinydet.models.layers.simam import SimAM

__all__ = ["LFF", "SimAM"]
