"""Components. Those that subclass mmyolo's classes are defined only where mmyolo is."""

from tinydet.compat import padding
from tinydet.models import backbones, heads, layers, losses, necks

padding.install()

__all__ = ["backbones", "heads", "layers", "losses", "necks"]
