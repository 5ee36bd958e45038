"""Non-maximum suppression for ``mmcv.ops.nms`` by torchvision's operator."""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.ops.precision import widened


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Return the indices of the boxes that no better kept box overlaps by more than the threshold.

    Args:
        boxes: Corners x1, y1, x2, y2 in pixels, ``(N, 4)``.
        scores: ``(N,)``.
        iou_threshold: Boxes with a greater IoU are suppressed.
        offset: 1 if a box ends with its last pixel (its width is then x2 - x1 + 1), otherwise 0.

    Returns:
        Indices into ``boxes`` by descending score, ``(K,)``, int64.
    """
    boxes, scores = widened(boxes, scores)
    if offset:
        boxes = boxes + boxes.new_tensor([0, 0, offset, offset])
    # mmcv uses the threshold in float32, torchvision in float64. 0.3 differs between the two, so
    # a box of IoU 3 / 10 would be kept by one of them only.
    threshold = torch.tensor(iou_threshold, dtype=torch.float32).item()
    # Torch's sort orders equal scores in mmcv; torchvision would keep the first box. Ranks in place
    # of scores make both operators keep the same boxes.
    order = scores.sort(descending=True).indices
    ranks = torch.arange(len(order), 0, -1, device=order.device).to(scores)
    return order[torch.ops.torchvision.nms(boxes[order], ranks, threshold)]
