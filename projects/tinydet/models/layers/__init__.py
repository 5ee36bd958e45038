from tinydet.models.layers.dynamic_denoising import DynamicDenoising
from tinydet.models.layers.fem import FEM
from tinydet.models.layers.fim import FIM
from tinydet.models.layers.lff import LFF
from tinydet.models.layers.simam import SimAM

__all__ = ["DynamicDenoising", "FEM", "FIM", "LFF", "SimAM"]
