from tinydet.compat import has_mmyolo, mmyolo_trouble
from tinydet.models.necks.align_fpn import AlignFPN
from tinydet.models.necks.cfpt import CFPT
from tinydet.models.necks.dla_neck import DLANeck
from tinydet.models.necks.dnfpn import DNFPN
from tinydet.models.necks.sarl import SARL
from tinydet.models.necks.srtod import SRTOD
from tinydet.optional import register_missing

__all__ = ["AlignFPN", "CFPT", "DLANeck", "DNFPN", "SARL", "SRTOD"]

_OF_MMYOLO = (
    "GELANFPN",
    "GELANPAFPN",
    "LFFGELANPAFPN",
    "LFFPAFPN",
    "RemDetPAFPN",
    "YOLO11LFFPAFPN",
    "YOLO11PAFPN",
    "YOLOv10LFFPAFPN",
    "YOLOv10PAFPN",
)


if has_mmyolo():
    from tinydet.models.necks.gelan_pafpn import GELANFPN, GELANPAFPN  # noqa: F401
    from tinydet.models.necks.lff_pafpn import (  # noqa: F401
        LFFGELANPAFPN,
        LFFPAFPN,
        YOLO11LFFPAFPN,
        YOLOv10LFFPAFPN,
    )
    from tinydet.models.necks.remdet_pafpn import RemDetPAFPN  # noqa: F401
    from tinydet.models.necks.yolo11_pafpn import YOLO11PAFPN  # noqa: F401
    from tinydet.models.necks.yolov10_pafpn import YOLOv10PAFPN  # noqa: F401

    __all__ += _OF_MMYOLO
else:
    register_missing(*_OF_MMYOLO, needs="mmyolo==0.6.0", why=mmyolo_trouble())
