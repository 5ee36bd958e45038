"""Model components; subclasses of mmyolo's classes are defined only if mmyolo is installed."""

from tinydet.compat import padding
from tinydet.models import auxiliary, backbones, heads, layers, losses, necks

padding.install()
auxiliary.install()

__all__ = ["backbones", "heads", "layers", "losses", "necks"]
