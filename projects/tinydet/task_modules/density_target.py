r"""The density that D3Q's head learns: for each object a Gaussian of sum 1.

Paper: Density-Aware DETR with Dynamic Query (D3Q), JSTARS 18, 2025, as its public code has it: the
radius r of an object is CornerNet's for an overlap of 0.3, at least 1 cell, and
:math:`\sigma = (2 r + 1) / 6`. The sum of the map is the number of objects, which decides how many
queries an image gets.

Published, the Gaussians are combined by their maximum, and neighbors share their cells: the map of
a crowd sums to less than its objects. ``combine="sum"`` adds them instead. A Gaussian that the
border of the image cuts keeps a sum of 1 here; ``as_published=True`` loses what lies outside.
"""

from __future__ import annotations

import torch
from mmdet.models.utils import gaussian_radius
from torch import Tensor

OVERLAP = 0.3
COMBINE = {"maximum": "amax", "sum": "sum"}
MOST = 2**22  # values of Gaussians at once


def density_target(
    boxes: Tensor,
    shape: tuple[int, int],
    stride: tuple[float, float],
    combine: str = "maximum",
    as_published: bool = False,
) -> Tensor:
    """Return the density of an image, ``(H, W)`` in [0, 1], float32.

    Args:
        boxes: ``(M, 4)`` as x1, y1, x2, y2, px; a center outside the map counts in its next cell.
        shape: ``H`` and ``W`` of the map, cells.
        stride: Width and height of a cell, px.
        combine: ``"maximum"`` or ``"sum"`` of the Gaussians; a sum above 1 is cut to 1, the most
            that a sigmoid can say.
        as_published: Let a Gaussian at the border lose what lies outside.
    """
    height, width = shape
    target = torch.zeros(height * width, device=boxes.device)
    cells = boxes.float() / boxes.new_tensor([*stride, *stride], dtype=torch.float)
    last = torch.tensor([width - 1, height - 1], device=boxes.device)
    centers = torch.minimum(((cells[:, :2] + cells[:, 2:]) / 2).long().clamp(min=0), last)
    radius_of = torch.tensor(radii(cells), device=boxes.device)
    for radius in radius_of.unique().tolist():
        kernel = gaussian(radius, boxes.device)
        for part in centers[radius_of == radius].split(max(1, MOST // kernel.numel())):
            place, inside = _places(part, radius, height, width)
            values = kernel * inside
            if not as_published:
                values = values / values.sum((1, 2), keepdim=True)
            target.scatter_reduce_(0, place[inside], values[inside], COMBINE[combine])
    return target.clamp_(max=1).view(height, width)


def radii(cells: Tensor) -> list[int]:
    """Return the radius of each object's Gaussian in cells, at least 1.

    Args:
        cells: ``(M, 4)`` boxes as x1, y1, x2, y2, cells.
    """
    sides = (cells[:, 2:] - cells[:, :2]).clamp(min=0).tolist()
    return [max(1, int(gaussian_radius((h, w), min_overlap=OVERLAP))) for w, h in sides]


def gaussian(radius: int, device: torch.device) -> Tensor:
    """Return a Gaussian of sum 1, ``(2 r + 1, 2 r + 1)``."""
    offset = torch.arange(-radius, radius + 1, device=device, dtype=torch.float)
    sigma = (2 * radius + 1) / 6
    side = torch.exp(-(offset**2) / (2 * sigma**2))
    kernel = side[:, None] * side
    return kernel / kernel.sum()


def _places(centers: Tensor, radius: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return the cells around centers, ``(n, k, k)``, and which of them lie in the map."""
    offset = torch.arange(-radius, radius + 1, device=centers.device)
    x, y = centers[:, :1] + offset, centers[:, 1:] + offset
    in_x, in_y = (x >= 0) & (x < width), (y >= 0) & (y < height)
    return y[:, :, None] * width + x[:, None], in_y[:, :, None] & in_x[:, None]
