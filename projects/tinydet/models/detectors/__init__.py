from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.optional import register_missing

__all__ = []

if has_mmyolo():
    from tinydet.models.detectors.auxiliary_detector import AuxiliaryDetector  # noqa: F401

    __all__ += ("AuxiliaryDetector",)
else:
    register_missing("AuxiliaryDetector", needs="mmyolo==0.6.0", why=mmyolo_trouble())
