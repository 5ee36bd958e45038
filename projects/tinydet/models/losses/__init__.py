from tinydet.models.losses.box_loss import BoxLoss
from tinydet.models.losses.rsiou_loss import RSIoULoss

__all__ = ["BoxLoss", "RSIoULoss"]
