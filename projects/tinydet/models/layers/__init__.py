from tinydet.models.layers.fem import FEM
from tinydet.models.layers.fim import FIM
from tinydet.models.layers.lff import LFF
from tinydet.models.layers.simam import SimAM

__all__ = ["FEM", "FIM", "LFF", "SimAM"]
