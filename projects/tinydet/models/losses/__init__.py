from tinydet.models.losses.box_loss import BoxLoss
from tinydet.models.losses.focaler_iou_loss import FocalerIoULoss
from tinydet.models.losses.gaussian_losses import DotDLoss, KLDLoss, NWDLoss
from tinydet.models.losses.info_nce_loss import InfoNCELoss
from tinydet.models.losses.inner_iou_loss import InnerIoULoss
from tinydet.models.losses.iou_losses import (
    CIoULoss,
    DIoULoss,
    EIoULoss,
    FocalEIoULoss,
    GIoULoss,
    IoULoss,
)
from tinydet.models.losses.mpdiou_loss import MPDIoULoss
from tinydet.models.losses.rsiou_loss import RSIoULoss
from tinydet.models.losses.sfl_loss import SFLLoss
from tinydet.models.losses.shape_iou_loss import ShapeIoULoss
from tinydet.models.losses.siou_loss import SIoULoss
from tinydet.models.losses.tiny_l1_loss import TinyL1Loss
from tinydet.models.losses.wiou_loss import WIoULoss

__all__ = [
    "BoxLoss",
    "CIoULoss",
    "DIoULoss",
    "DotDLoss",
    "EIoULoss",
    "FocalEIoULoss",
    "FocalerIoULoss",
    "GIoULoss",
    "InfoNCELoss",
    "InnerIoULoss",
    "IoULoss",
    "KLDLoss",
    "MPDIoULoss",
    "NWDLoss",
    "RSIoULoss",
    "SFLLoss",
    "SIoULoss",
    "ShapeIoULoss",
    "TinyL1Loss",
    "WIoULoss",
]
