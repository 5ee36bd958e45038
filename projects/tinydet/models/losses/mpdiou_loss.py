"""MPDIoU: 1 - IoU plus the squared distances of two corners over the size of the image.

Paper: MPDIoU, arXiv:2307.07662.
"""

from __future__ import annotations

from torch import Tensor

from tinydet.arguments import check_number
from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.penalty_loss import PenaltyLoss
from tinydet.registry import MODELS


@MODELS.register_module()
class MPDIoULoss(PenaltyLoss):
    """``1 - IoU + (d1² + d2²) / (W² + H²)``, d1 and d2 the distances of corresponding corners.

    The penalty of a shift in pixels is the same for objects of every size. For tiny objects the
    penalty all but vanishes beside ``1 - IoU`` (4 px in an image of 800 x 800: 0.00003).

    Args:
        image_size: Width and height of the network input, or one number for both, px.
        **kwargs: See :class:`BoxLoss`.

    Boxes are in pixels of the network input.

    Raises:
        ValueError: ``image_size`` is not a positive number or a pair of positive numbers.
    """

    unit = "pixels"

    def __init__(self, image_size: float | tuple[float, float], **kwargs) -> None:
        super().__init__(**kwargs)
        sides = tuple(image_size) if isinstance(image_size, list | tuple) else (image_size,) * 2
        if len(sides) != 2:
            raise ValueError(f"MPDIoULoss: image_size={image_size!r} is not a width and a height")
        for side in sides:
            check_number(self, "image_size", side)
        self.squared_diagonal = sides[0] ** 2 + sides[1] ** 2

    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        # A corner is the center plus or minus half the size: the mixed terms of the sum cancel.
        shift = 2 * (pairs.dx**2 + pairs.dy**2)
        growth = ((pairs.wp - pairs.wg) ** 2 + (pairs.hp - pairs.hg) ** 2) / 2
        return (shift + growth) / self.squared_diagonal
