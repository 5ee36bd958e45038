"""Anchor heads of mmdet for losses that are scaled by the areas of the whole batch.

RPN, RetinaNet and ATSS call ``loss_bbox`` once a pyramid level, and a level holds objects of one
size. SFL's min-max normalized area (arXiv:2511.09891, Eq. 4) would make the smallest of every
level the most important one; here an object weighs the same on whatever level it lands.
"""

from __future__ import annotations

import torch
from mmdet.models import RetinaHead, RPNHead

from tinydet.registry import MODELS


class BatchArea:
    """Mix-in before an anchor head: show the loss all matched objects before its first call.

    Needs ``reg_decoded_bbox=True``: without it targets are deltas, not boxes. A loss without
    ``set_area_range`` is left alone.

    Raises:
        ValueError: The loss wants areas and ``reg_decoded_bbox`` is not set.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.wants_areas = hasattr(self.loss_bbox, "set_area_range")
        if self.wants_areas and not self.reg_decoded_bbox:
            loss = type(self.loss_bbox).__name__
            raise ValueError(
                f"{type(self).__name__}: reg_decoded_bbox=False hands encoded deltas to {loss}, "
                "which compares boxes; set reg_decoded_bbox=True"
            )

    def get_targets(self, *args, **kwargs) -> tuple:
        result = super().get_targets(*args, **kwargs)
        if self.wants_areas:
            _, _, targets, weights, *_ = result  # a level each: (B, N, 4)
            levels = zip(targets, weights, strict=True)
            self.loss_bbox.set_area_range(torch.cat([t[w.any(-1)] for t, w in levels]))
        return result


@MODELS.register_module()
class BatchAreaRPNHead(BatchArea, RPNHead):
    """:class:`mmdet.models.RPNHead` with :class:`BatchArea`."""


@MODELS.register_module()
class BatchAreaRetinaHead(BatchArea, RetinaHead):
    """:class:`mmdet.models.RetinaHead` with :class:`BatchArea`."""
