from tinydet.models.layers.density_head import DensityHead
from tinydet.models.layers.dynamic_denoising import DynamicDenoising
from tinydet.models.layers.fem import FEM
from tinydet.models.layers.fim import FIM
from tinydet.models.layers.lff import LFF
from tinydet.models.layers.simam import SimAM

__all__ = ["DensityHead", "DynamicDenoising", "FEM", "FIM", "LFF", "SimAM"]
