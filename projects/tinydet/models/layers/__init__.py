from tinydet.models.layers.average_down import AConv, ADown
from tinydet.models.layers.biformer import BiFormerBlock
from tinydet.models.layers.dynamic_denoising import DynamicDenoising
from tinydet.models.layers.feature_contrast import FeatureContrast
from tinydet.models.layers.fem import FEM
from tinydet.models.layers.fim import FIM
from tinydet.models.layers.lff import LFF
from tinydet.models.layers.scdown import SCDown
from tinydet.models.layers.shuffle_unfolding import ShuffleUnfolding
from tinydet.models.layers.simam import SimAM
from tinydet.models.layers.token_selection import TokenSelection

__all__ = [
    "AConv",
    "ADown",
    "BiFormerBlock",
    "DynamicDenoising",
    "FEM",
    "FIM",
    "FeatureContrast",
    "LFF",
    "SCDown",
    "ShuffleUnfolding",
    "SimAM",
    "TokenSelection",
]
