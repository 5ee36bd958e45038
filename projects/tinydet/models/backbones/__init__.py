from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.models.backbones.dla import DLA
from tinydet.models.backbones.efficientnet_lite import EfficientNetLite
from tinydet.models.backbones.lff_resnet import LFFResNet
from tinydet.optional import register_missing

__all__ = ["DLA", "EfficientNetLite", "LFFResNet"]

_OF_MMYOLO = ("RemNet", "YOLOv5LFFCSPDarknet", "YOLOv8LFFCSPDarknet", "YOLOXLFFCSPDarknet")

if has_mmyolo():
    from tinydet.models.backbones.lff_csp_darknet import (  # noqa: F401
        YOLOv5LFFCSPDarknet,
        YOLOv8LFFCSPDarknet,
        YOLOXLFFCSPDarknet,
    )
    from tinydet.models.backbones.remnet import RemNet  # noqa: F401

    __all__ += _OF_MMYOLO
else:
    register_missing(*_OF_MMYOLO, needs="mmyolo==0.6.0", why=mmyolo_trouble())
