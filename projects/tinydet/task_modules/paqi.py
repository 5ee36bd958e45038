r"""Dome-DETR's density-focused query selection (PAQI).

Paper: Dome-DETR: DETR with Density-Oriented Feature-Query Manipulation for Efficient Tiny Object
Detection, arXiv:2505.05741, as its public code has it: the best proposals always become queries,
further ones only in dense windows, and of these a class-wise NMS keeps what overlaps less than
:math:`0.4 + 0.5 d` with a better one, ``d`` the density at the better one.

``d`` and the windows are relative to the densest window. The public code takes the densest of the
batch, so that a sparse image loses queries to a crowded neighbor, and looks the density up at
(column, row) in place of (row, column); ``as_published=True`` does both.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmdet.structures.bbox import bbox_cxcywh_to_xyxy, bbox_overlaps
from torch import Tensor
from torch.nn import functional as F

from tinydet.arguments import check_count, check_number
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.greedy import resolve

EPS = 1e-6  # density of an image that has none


@TASK_UTILS.register_module()
class PAQI:
    """Selects queries by the density around them.

    Windows are relative to the densest: an image without objects is as dense as its noise, and gets
    more queries than it needs.

    Args:
        minimum: Best proposals, which become queries whatever the density. Published: 300 on
            AI-TOD, 250 on VisDrone.
        window: Side of a window in cells of the density; 20 cells of 4 px are the published 80 px.
        dense: A window is dense above this share of the densest.
        base: IoU threshold of the NMS at a density of 0.
        slope: What a density of 1 adds to it.
        as_published: Divide by the maximum of the batch, and swap row and column.

    Raises:
        ValueError: A count or a share is out of its range.
    """

    def __init__(
        self,
        minimum: int = 300,
        window: int = 20,
        dense: float = 0.05,
        base: float = 0.4,
        slope: float = 0.5,
        as_published: bool = False,
    ) -> None:
        self.minimum = check_count(self, "minimum", minimum)
        self.window = check_count(self, "window", window)
        self.dense = check_number(self, "dense", dense, "[0, 1)")
        self.base = check_number(self, "base", base, "(0, 1]")
        self.slope = check_number(self, "slope", slope, "[0, 1]")
        self.as_published = as_published

    def __call__(
        self,
        scores: Sequence[Tensor],
        boxes: Sequence[Tensor],
        density: Sequence[Tensor],
        maximum: int,
    ) -> list[Tensor]:
        """Return the places of the queries among the proposals of each image, best first.

        Args:
            scores: ``(N_i, C)`` of each image.
            boxes: ``(N_i, 4)`` as cx, cy, w, h in units of the image.
            density: ``(H_i, W_i)`` in [0, 1].
            maximum: Most queries an image; no image has fewer proposals.
        """
        pooled = [self.windows(one) for one in density]
        peaks = [one.max().clamp(min=EPS) for one in pooled]
        if self.as_published:
            peaks = [torch.stack(peaks).max()] * len(peaks)
        return [
            self._of_image(score, box, windows / peak, one.shape, maximum)
            for score, box, windows, peak, one in zip(
                scores, boxes, pooled, peaks, density, strict=True
            )
        ]

    def windows(self, density: Tensor) -> Tensor:
        """Return the highest density of each window, ``(h, w)``, of a map ``(H, W)``."""
        grid = [max(1, side // self.window) for side in density.shape]
        return F.adaptive_max_pool2d(density[None], grid)[0]

    def _of_image(
        self, scores: Tensor, boxes: Tensor, windows: Tensor, shape: torch.Size, maximum: int
    ) -> Tensor:
        best, labels = scores.max(1)
        order = best.topk(maximum).indices
        boxes, labels = boxes[order], labels[order]
        always = torch.arange(maximum, device=order.device) < self.minimum
        order_kept = always | at(self.dense_windows(windows, shape), boxes)
        order, boxes, labels = order[order_kept], boxes[order_kept], labels[order_kept]
        around = windows.T if self.as_published else windows
        thresholds = self.base + self.slope * at(around, boxes)
        return order[always[: len(order)] | unsuppressed(boxes, labels, thresholds)]

    def dense_windows(self, windows: Tensor, shape: torch.Size) -> Tensor:
        """Tell which windows are dense, or border on one that is: ``(h, w)`` bools.

        Published, the windows are interpolated to the map of ``shape`` before the comparison.
        """
        smooth = F.interpolate(windows[None, None], shape, mode="bilinear", align_corners=True)
        return F.adaptive_max_pool2d(smooth[0], windows.shape)[0] > self.dense


def at(windows: Tensor, boxes: Tensor) -> Tensor:
    """Return the value of the window in which the center of each box lies, ``(N,)``.

    Args:
        windows: ``(h, w)``.
        boxes: ``(N, 4)`` as cx, cy, w, h in units of the image.
    """
    height, width = windows.shape
    column = (boxes[:, 0] * width).long().clamp(0, width - 1)
    row = (boxes[:, 1] * height).long().clamp(0, height - 1)
    return windows[row, column]


def unsuppressed(boxes: Tensor, labels: Tensor, thresholds: Tensor) -> Tensor:
    """Tell which boxes a class-wise NMS with a threshold for each box keeps, ``(N,)`` bools.

    Args:
        boxes: ``(N, 4)`` as cx, cy, w, h, best first.
        labels: ``(N,)``.
        thresholds: ``(N,)``; a kept box suppresses worse ones of its class from this IoU on.
    """
    corners = bbox_cxcywh_to_xyxy(boxes.float())
    alike = bbox_overlaps(corners, corners) >= thresholds[:, None]
    alike &= labels[:, None] == labels
    return resolve(len(boxes), *alike.triu(diagonal=1).nonzero().unbind(1))
