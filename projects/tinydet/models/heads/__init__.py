from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.models.heads.align_head import AlignHead
from tinydet.models.heads.batch_area_heads import BatchAreaRetinaHead, BatchAreaRPNHead
from tinydet.models.heads.d3q_head import D3QHead
from tinydet.models.heads.density_head import DensityHead
from tinydet.models.heads.feature_imitation_roi_head import FeatureImitationRoIHead
from tinydet.models.heads.multi_centernet_head import MultiCenterNetHead
from tinydet.models.heads.rfla_fcos_head import RFLAFCOSHead
from tinydet.models.heads.ssd_head import SSDHead
from tinydet.models.heads.trans_bbox_head import TransBBoxHead
from tinydet.optional import register_missing

__all__ = [
    "AlignHead",
    "BatchAreaRPNHead",
    "BatchAreaRetinaHead",
    "D3QHead",
    "DensityHead",
    "FeatureImitationRoIHead",
    "MultiCenterNetHead",
    "RFLAFCOSHead",
    "SSDHead",
    "TransBBoxHead",
]

_OF_MMYOLO = (
    "LightClassHeadModule",
    "YOLOv10Head",
    "YOLOv5NWDHead",
    "YOLOv5PixelHead",
    "YOLOv8PixelHead",
    "YOLOv9HeadModule",
)

if has_mmyolo():
    from tinydet.models.heads.light_class_head_module import LightClassHeadModule  # noqa: F401
    from tinydet.models.heads.yolov5_nwd_head import YOLOv5NWDHead  # noqa: F401
    from tinydet.models.heads.yolov5_pixel_head import YOLOv5PixelHead  # noqa: F401
    from tinydet.models.heads.yolov8_pixel_head import YOLOv8PixelHead  # noqa: F401
    from tinydet.models.heads.yolov9_head_module import YOLOv9HeadModule  # noqa: F401
    from tinydet.models.heads.yolov10_head import YOLOv10Head  # noqa: F401

    __all__ += _OF_MMYOLO
else:
    register_missing(*_OF_MMYOLO, needs="mmyolo==0.6.0", why=mmyolo_trouble())
