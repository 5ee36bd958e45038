"""YOLOv8's head with boxes in pixels for ``loss_bbox``.

mmyolo divides boxes by the stride before the box loss. A loss with an absolute size (NWD's C, SFL's
area) would then differ from level to level; a ratio such as IoU is the same in both units.
"""

from __future__ import annotations

from mmyolo.models import YOLOv8Head
from torch import Tensor, nn

from tinydet.registry import MODELS


@MODELS.register_module()
class YOLOv8PixelHead(YOLOv8Head):
    """:class:`mmyolo.models.YOLOv8Head` whose ``loss_bbox`` gets xyxy boxes in input pixels.

    Two hooks replace a copy of ``loss_by_feat``: the assigner's result gives the strides of the
    positive priors, in the order of the boxes that the head passes to the loss.
    """

    contract_changes = dict(unit="pixels")

    def special_init(self) -> None:
        super().special_init()
        if self.train_cfg:
            self.assigner.register_forward_hook(self._keep_positive_strides)
            self.loss_bbox.register_forward_pre_hook(self._to_pixels)

    def _keep_positive_strides(self, _: nn.Module, __: tuple, result: dict) -> None:
        positive = result["fg_mask_pre_prior"].bool()  # (B, N)
        strides = self.stride_tensor.squeeze(-1).expand_as(positive)  # (N,) -> (B, N)
        self._strides = strides[positive].unsqueeze(-1)  # (positives, 1)

    def _to_pixels(self, _: nn.Module, boxes: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        pred, target, *rest = boxes
        return pred * self._strides, target * self._strides, *rest
