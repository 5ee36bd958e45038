"""Components. Those that subclass mmyolo's classes are imported only where mmyolo is."""

from tinydet.compat import has_mmyolo
from tinydet.models import backbones, layers, losses, necks
from tinydet.models.optional import register_missing

if has_mmyolo():
    from tinydet.models import heads
else:
    register_missing("YOLOv8PixelHead", needs="mmyolo==0.6.0")

__all__ = ["backbones", "heads", "layers", "losses", "necks"]
