"""YOLOv5's head, handing boxes to ``loss_bbox`` in pixels.

mmyolo calls the box loss once a pyramid level, in that level's grid cells. A loss with an absolute
size (NWD's C, SFL's area) would then be another loss on every level; a ratio such as IoU is the
same in both units.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmyolo.models import YOLOv5Head
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.registry import MODELS


class _WatchedLevels(tuple):
    """Predictions a level, remembering which level was read last."""

    last = 0

    def __getitem__(self, level: int) -> Tensor:
        self.last = level
        return super().__getitem__(level)


@MODELS.register_module()
class YOLOv5PixelHead(YOLOv5Head):
    """:class:`mmyolo.models.YOLOv5Head` whose ``loss_bbox`` gets cxcywh boxes in input pixels.

    Centers are counted from the corner of the cell that predicts, as in mmyolo: a difference of
    boxes is right, a position is not. A loss that is scaled by the areas of the batch
    (``set_area_range``) learns them before the first level's call.

    A hook instead of a copied ``loss_by_feat``: mmyolo's loop reads a level's box predictions
    before it compares that level's boxes, which tells the stride.
    """

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
            self._levels = None  # would keep the graph of this iteration alive

    def _convert_gt_to_norm_format(
        self, batch_gt_instances: Sequence | Tensor, batch_img_metas: Sequence[dict]
    ) -> Tensor:
        targets = super()._convert_gt_to_norm_format(batch_gt_instances, batch_img_metas)
        height, width = batch_img_metas[0]["batch_input_shape"]
        self._sizes = targets[0, :, 4:6] * targets.new_tensor([width, height])  # (M, 2), px
        if hasattr(self.loss_bbox, "set_area_range"):
            levels = range(self.num_levels)
            matched = torch.stack([self.shape_match(level) for level in levels]).any(0).any(0)
            self.loss_bbox.set_area_range(F.pad(self._sizes[matched], (2, 0)))  # 0, 0, w, h
        return targets

    def shape_match(self, level: int) -> Tensor:
        """Tell which objects an anchor may predict by mmyolo's rule: ``(A, M)`` bools."""
        ratio = self._sizes / self.priors_px[level][:, None]  # (A, M, 2)
        return torch.maximum(ratio, 1 / ratio).amax(-1) < self.prior_match_thr

    def _to_pixels(self, _: nn.Module, boxes: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        pred, target, *rest = boxes
        stride = self.featmap_strides[self._levels.last]
        return pred * stride, target * stride, *rest
