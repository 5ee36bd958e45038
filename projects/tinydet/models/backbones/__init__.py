from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.models.backbones.dla import DLA
from tinydet.models.backbones.efficientnet_lite import EfficientNetLite
from tinydet.models.backbones.lff_resnet import LFFResNet
from tinydet.models.backbones.timm_backbone import TIMMBackbone
from tinydet.models.backbones.trimmed_mobilenetv2 import TrimmedMobileNetV2
from tinydet.optional import register_missing

__all__ = ["DLA", "EfficientNetLite", "LFFResNet", "TIMMBackbone", "TrimmedMobileNetV2"]

_OF_MMYOLO = (
    "GELAN",
    "LFFGELAN",
    "RemNet",
    "YOLO11CSPDarknet",
    "YOLO11LFFCSPDarknet",
    "YOLOXLFFCSPDarknet",
    "YOLOv10CSPDarknet",
    "YOLOv10LFFCSPDarknet",
    "YOLOv5LFFCSPDarknet",
    "YOLOv8LFFCSPDarknet",
)


if has_mmyolo():
    from tinydet.models.backbones.gelan import GELAN  # noqa: F401
    from tinydet.models.backbones.lff_csp_darknet import (  # noqa: F401
        LFFGELAN,
        YOLO11LFFCSPDarknet,
        YOLOv5LFFCSPDarknet,
        YOLOv8LFFCSPDarknet,
        YOLOv10LFFCSPDarknet,
        YOLOXLFFCSPDarknet,
    )
    from tinydet.models.backbones.remnet import RemNet  # noqa: F401
    from tinydet.models.backbones.yolo11_csp_darknet import YOLO11CSPDarknet  # noqa: F401
    from tinydet.models.backbones.yolov10_csp_darknet import YOLOv10CSPDarknet  # noqa: F401

    __all__ += _OF_MMYOLO
else:
    register_missing(*_OF_MMYOLO, needs="mmyolo==0.6.0", why=mmyolo_trouble())
