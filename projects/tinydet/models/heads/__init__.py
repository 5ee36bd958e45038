from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.models.heads.align_head import AlignHead
from tinydet.models.heads.batch_area_heads import BatchAreaRetinaHead, BatchAreaRPNHead
from tinydet.models.heads.rfla_fcos_head import RFLAFCOSHead
from tinydet.models.heads.ssd_head import SSDHead
from tinydet.models.heads.trans_bbox_head import TransBBoxHead
from tinydet.optional import register_missing

__all__ = [
    "AlignHead",
    "BatchAreaRPNHead",
    "BatchAreaRetinaHead",
    "RFLAFCOSHead",
    "SSDHead",
    "TransBBoxHead",
]

_OF_MMYOLO = ("YOLOv5NWDHead", "YOLOv5PixelHead", "YOLOv8PixelHead")

if has_mmyolo():
    from tinydet.models.heads.yolov5_nwd_head import YOLOv5NWDHead  # noqa: F401
    from tinydet.models.heads.yolov5_pixel_head import YOLOv5PixelHead  # noqa: F401
    from tinydet.models.heads.yolov8_pixel_head import YOLOv8PixelHead  # noqa: F401

    __all__ += _OF_MMYOLO
else:
    register_missing(*_OF_MMYOLO, needs="mmyolo==0.6.0", why=mmyolo_trouble())
