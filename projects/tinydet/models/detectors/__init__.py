from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.models.detectors.d3q_dino import D3QDINO
from tinydet.optional import register_missing

__all__ = ["D3QDINO"]

if has_mmyolo():
    from tinydet.models.detectors.auxiliary_detector import AuxiliaryDetector  # noqa: F401

    __all__ += ("AuxiliaryDetector",)
else:
    register_missing("AuxiliaryDetector", needs="mmyolo==0.6.0", why=mmyolo_trouble())
