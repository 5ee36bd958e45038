"""Anchor heads of mmdet for losses that compare the areas of a whole batch.

RPN, RetinaNet and ATSS call ``loss_bbox`` once for each pyramid level, and a level holds objects of
similar size. SFL's min-max normalized area (arXiv:2511.09891, Eq. 4) would give the highest weight
to the smallest object of every level; here the weight of an object does not depend on its level.
"""

from __future__ import annotations

import torch
from mmdet.models import RetinaHead, RPNHead

from tinydet.registry import MODELS


class BatchArea:
    """Mix-in before an anchor head that passes the areas of all matched objects to the loss.

    Needs ``reg_decoded_bbox=True``, because encoded deltas have no area. Losses with
    ``needs_batch_areas=False`` are called as usual.

    Raises:
        ValueError: The loss needs areas, and ``reg_decoded_bbox`` is ``False``.
    """

    contract_changes = dict(shows_areas=True)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.shows_areas = getattr(self.loss_bbox, "needs_batch_areas", False)
        if self.shows_areas and not self.reg_decoded_bbox:
            loss = type(self.loss_bbox).__name__
            raise ValueError(
                f"{type(self).__name__}: reg_decoded_bbox=False hands encoded deltas to {loss}, "
                "which compares boxes; set reg_decoded_bbox=True"
            )

    def get_targets(self, *args, **kwargs) -> tuple:
        result = super().get_targets(*args, **kwargs)
        if self.shows_areas:
            _, _, targets, weights, *_ = result  # (B, N, 4) for each level
            levels = zip(targets, weights, strict=True)
            self.loss_bbox.set_area_range(torch.cat([t[w.any(-1)] for t, w in levels]))
        return result


@MODELS.register_module()
class BatchAreaRPNHead(BatchArea, RPNHead):
    """:class:`mmdet.models.RPNHead` with :class:`BatchArea`."""


@MODELS.register_module()
class BatchAreaRetinaHead(BatchArea, RetinaHead):
    """:class:`mmdet.models.RetinaHead` with :class:`BatchArea`."""
