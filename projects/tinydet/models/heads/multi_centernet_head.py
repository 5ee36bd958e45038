r"""M-CenterNet, a reconstruction: several center points of an object refine its offset and size.

Paper: Tiny Object Detection in Aerial Images, ICPR 2021, doi 10.1109/ICPR48806.2021.9413340, which
names the idea; its text and code are not available to us. All details are ours:

- in training, the cells around an object's center cell, as far as they lie in its box, learn the
  way to its center and its size like the center cell; a cell that is near several centers belongs
  to the nearest; all cells of an object weigh together as much as CenterNet's one;
- in prediction, a peak takes the mean over the cells around it of the centers and sizes that they
  predict, weighted by their highest scores.
"""

from __future__ import annotations

import torch
from mmdet.models import CenterNetHead
from torch import Tensor
from torch.nn import functional as F

from tinydet.arguments import check_count
from tinydet.registry import MODELS


@MODELS.register_module()
class MultiCenterNetHead(CenterNetHead):
    """:class:`mmdet.models.CenterNetHead` with several center points an object.

    Args:
        radius: Cells around the center cell in each direction; 1 for 9 cells.
        **kwargs: The arguments of :class:`mmdet.models.CenterNetHead`.

    Raises:
        ValueError: ``radius`` is no whole number of at least 1.
    """

    contract_changes = None  # L1 of centers and sides, in cells

    def __init__(self, *args, radius: int = 1, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.radius = check_count(self, "radius", radius)

    def get_targets(
        self,
        gt_bboxes: list[Tensor],
        gt_labels: list[Tensor],
        feat_shape: tuple,
        img_shape: tuple,
    ) -> tuple[dict, int]:
        targets, avg_factor = super().get_targets(gt_bboxes, gt_labels, feat_shape, img_shape)
        height, width = feat_shape[2:]
        scale = torch.tensor([width / img_shape[1], height / img_shape[0]])
        for image, boxes in enumerate(gt_bboxes):
            boxes = boxes * scale.repeat(2).to(boxes)
            cells, objects, weights = center_cells(boxes, (height, width), self.radius)
            x, y = cells.unbind(-1)
            centers, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
            targets["offset_target"][image, :, y, x] = (centers[objects] - cells).T
            targets["wh_target"][image, :, y, x] = sizes[objects].T
            targets["wh_offset_target_weight"][image, :, y, x] = weights
        return targets, avg_factor

    def _decode_heatmap(
        self, center_heatmap_pred: Tensor, wh_pred: Tensor, offset_pred: Tensor, *args, **kwargs
    ) -> tuple[Tensor, Tensor]:
        offset, size = mean_around(center_heatmap_pred, offset_pred, wh_pred, self.radius)
        return super()._decode_heatmap(center_heatmap_pred, size, offset, *args, **kwargs)


def center_cells(
    boxes: Tensor, size: tuple[int, int], radius: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the cells that learn an object's box.

    Args:
        boxes: ``(M, 4)`` in cells, x1 y1 x2 y2.
        size: Height and width of the map.
        radius: Cells around the center cell.

    Returns:
        Cells, ``(P, 2)``, x before y; the object of each, ``(P,)``; and one divided by the number
        of the object's cells, ``(P,)``. No cell occurs twice.
    """
    height, width = size
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    line = torch.arange(-radius, radius + 1, device=boxes.device)
    steps = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).reshape(-1, 2)
    cells = centers.long()[:, None] + steps  # (M, K, 2)
    in_box = (cells >= boxes[:, None, :2]) & (cells <= boxes[:, None, 2:])
    in_map = (cells >= 0) & (cells < cells.new_tensor([width, height]))
    taken = ((in_box.all(-1) | (steps == 0).all(-1)) & in_map.all(-1)).nonzero()
    objects, cells = taken[:, 0], cells[taken[:, 0], taken[:, 1]]
    distance = (centers[objects] - cells).square().sum(-1)
    # By cell, then by distance: stable sorts, so that the first object of equal ones wins.
    order = distance.argsort(stable=True)
    place = cells[:, 1] * width + cells[:, 0]
    order = order[place[order].argsort(stable=True)]
    first = torch.ones_like(order, dtype=torch.bool)
    first[1:] = place[order][1:] != place[order][:-1]
    kept = order[first]
    objects, cells = objects[kept], cells[kept]
    counts = objects.bincount(minlength=len(boxes))
    return cells, objects, 1 / counts[objects].to(boxes.dtype)


def mean_around(
    heatmap: Tensor, offset: Tensor, size: Tensor, radius: int
) -> tuple[Tensor, Tensor]:
    """Average the predicted centers and sizes over the cells around each cell.

    Args:
        heatmap: Scores, ``(B, classes, H, W)``; a cell weighs its highest.
        offset: From a cell to the center, in cells, ``(B, 2, H, W)``.
        size: In cells, ``(B, 2, H, W)``.
        radius: Cells around.

    Returns:
        Offset and size, in the same shapes.
    """
    weight = heatmap.amax(1, keepdim=True).float().clamp_min(1e-6)
    height, width = heatmap.shape[2:]
    y, x = (torch.arange(side, device=heatmap.device) for side in (height, width))
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy")).to(weight)  # (2, H, W)

    def around(value: Tensor) -> Tensor:
        return F.avg_pool2d(value, 2 * radius + 1, stride=1, padding=radius)

    total = around(weight)
    centers = around(weight * (offset + grid)) / total
    return centers - grid, around(weight * size) / total
