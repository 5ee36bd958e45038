from tinydet.models.layers.feature_contrast import FeatureContrast
from tinydet.models.layers.fem import FEM
from tinydet.models.layers.fim import FIM
from tinydet.models.layers.lff import LFF
from tinydet.models.layers.shuffle_unfolding import ShuffleUnfolding
from tinydet.models.layers.simam import SimAM
from tinydet.models.layers.token_selection import TokenSelection

__all__ = ["FEM", "FIM", "LFF", "FeatureContrast", "ShuffleUnfolding", "SimAM", "TokenSelection"]
