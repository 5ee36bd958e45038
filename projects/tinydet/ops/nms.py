"""Non-maximum suppression for ``mmcv.ops.nms`` by torchvision's operator."""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.ops.precision import widened


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Return the indices of the boxes that no better box overlaps by more than the threshold.

    Args:
        boxes: Corners x1, y1, x2, y2 in pixels, ``(N, 4)``.
        scores: ``(N,)``.
        iou_threshold: A box with exactly this IoU stays.
        offset: 1 if a box ends with its last pixel (its width is then x2 - x1 + 1), otherwise 0.

    Returns:
        Indices into ``boxes`` by descending score, ``(K,)``, int64.
    """
    boxes, scores = widened(boxes, scores)
    if offset:
        boxes = boxes + boxes.new_tensor([0, 0, offset, offset])
    # mmcv takes the threshold as float32 and torchvision as float64: 0.3 differs between the two,
    # and with it whether a box of IoU 3 / 10 stays.
    threshold = torch.tensor(iou_threshold, dtype=torch.float32).item()
    # Which of equal scores is better is up to torch's sort, in mmcv as here; torchvision would take
    # the first. It is given ranks instead, so that both operators keep the same boxes.
    order = scores.sort(descending=True).indices
    ranks = torch.arange(len(order), 0, -1, device=order.device).to(scores)
    return order[torch.ops.torchvision.nms(boxes[order], ranks, threshold)]
