"""YOLOv5's head with boxes in pixels for ``loss_bbox``.

mmyolo calls the box loss once for each pyramid level, with boxes in the grid cells of the level. A
loss with an absolute size (NWD's C, SFL's area) would then differ from level to level; a ratio such
as IoU is the same in both units.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmyolo.models import YOLOv5Head
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.registry import MODELS


class _WatchedLevels(tuple):
    """The predictions of all levels, with the number of the level that was read last."""

    last = 0

    def __getitem__(self, level: int) -> Tensor:
        self.last = level
        return super().__getitem__(level)


@MODELS.register_module()
class YOLOv5PixelHead(YOLOv5Head):
    """:class:`mmyolo.models.YOLOv5Head` whose ``loss_bbox`` gets cxcywh boxes in input pixels.

    Centers are relative to the corner of the predicting cell, as in mmyolo: differences of boxes
    are right, positions are not. A loss with ``needs_batch_areas`` gets the areas of the batch
    before its call for the first level.

    A hook replaces a copy of ``loss_by_feat``: mmyolo's loop reads the box predictions of a level
    before it calls the loss for that level, so the last read gives the stride.
    """

    contract_changes = dict(unit="pixels", shows_areas=True)

    _levels: _WatchedLevels | None = None

    def special_init(self) -> None:
        super().special_init()
        strides = torch.tensor(self.featmap_strides)[:, None, None]
        self.register_buffer("priors_px", self.priors_base_sizes * strides, persistent=False)
        self.loss_bbox.register_forward_pre_hook(self._to_pixels)

    def loss_by_feat(
        self, cls_scores: Sequence[Tensor], bbox_preds: Sequence[Tensor], *args, **kwargs
    ) -> dict:
        self._levels = _WatchedLevels(bbox_preds)
        try:
            return super().loss_by_feat(cls_scores, self._levels, *args, **kwargs)
        finally:
            self._levels = None  # frees the graph of this iteration

    def _convert_gt_to_norm_format(
        self, batch_gt_instances: Sequence | Tensor, batch_img_metas: Sequence[dict]
    ) -> Tensor:
        targets = super()._convert_gt_to_norm_format(batch_gt_instances, batch_img_metas)
        height, width = batch_img_metas[0]["batch_input_shape"]
        self._sizes = targets[0, :, 4:6] * targets.new_tensor([width, height])  # (M, 2), px
        if getattr(self.loss_bbox, "needs_batch_areas", False):
            levels = range(self.num_levels)
            matched = torch.stack([self.shape_match(level) for level in levels]).any(0).any(0)
            self.loss_bbox.set_area_range(F.pad(self._sizes[matched], (2, 0)))  # 0, 0, w, h
        return targets

    def shape_match(self, level: int) -> Tensor:
        """Return a mask of the anchors and objects that match by mmyolo's rule, ``(A, M)``."""
        ratio = self._sizes / self.priors_px[level][:, None]  # (A, M, 2)
        return torch.maximum(ratio, 1 / ratio).amax(-1) < self.prior_match_thr

    def _to_pixels(self, _: nn.Module, boxes: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        pred, target, *rest = boxes
        stride = self.featmap_strides[self._levels.last]
        return pred * stride, target * stride, *rest
