"""The terms of the losses of the IoU family.

Each is a pure function of the geometry of box pairs, named as in the papers: IoU; the empty share
of GIoU (arXiv:1902.09630); the center distance and the aspect ratio of DIoU and CIoU
(arXiv:1911.08287); the sides of EIoU (arXiv:2101.08158); the angle, distance and shape costs of
SIoU (arXiv:2205.12740). A loss is a sum of a few terms. All terms are dimensionless: boxes may be
in pixels or in grid cells.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

EPS = 1e-7  # px or px²; below the size of any real box, above the resolution of float32
MIN_SIDE = 1e-3  # px; shorter sides and diagonals have no meaning


class BoxPairs(NamedTuple):
    """Sizes and offsets of predicted and target boxes; every field is ``(...)``.

    ``dx, dy`` are the center of the prediction minus the center of the target; ``cw, ch`` are the
    sides of the smallest box around both.
    """

    wp: Tensor
    hp: Tensor
    wg: Tensor
    hg: Tensor
    dx: Tensor
    dy: Tensor
    cw: Tensor
    ch: Tensor
    overlap_w: Tensor
    overlap_h: Tensor


def box_pairs(pred: Tensor, target: Tensor) -> BoxPairs:
    """Return sizes and offsets of pairs of boxes.

    Args:
        pred: ``(..., 4)`` boxes as x1, y1, x2, y2. Half precision is raised to float32, because
            the square of 256 px overflows fp16.
        target: ``(..., 4)`` boxes that broadcast against ``pred``.
    """
    dtype = torch.promote_types(torch.promote_types(pred.dtype, target.dtype), torch.float32)
    px1, py1, px2, py2 = pred.to(dtype).unbind(-1)
    gx1, gy1, gx2, gy2 = target.to(dtype).unbind(-1)
    return BoxPairs(
        wp=(px2 - px1).clamp(min=0),
        hp=(py2 - py1).clamp(min=0),
        wg=(gx2 - gx1).clamp(min=0),
        hg=(gy2 - gy1).clamp(min=0),
        dx=(px1 + px2 - gx1 - gx2) / 2,
        dy=(py1 + py2 - gy1 - gy2) / 2,
        cw=torch.maximum(px2, gx2) - torch.minimum(px1, gx1),
        ch=torch.maximum(py2, gy2) - torch.minimum(py1, gy1),
        overlap_w=(torch.minimum(px2, gx2) - torch.maximum(px1, gx1)).clamp(min=0),
        overlap_h=(torch.minimum(py2, gy2) - torch.maximum(py1, gy1)).clamp(min=0),
    )


def iou(pairs: BoxPairs) -> Tensor:
    """Return the intersection over union, ``(...)`` in [0, 1]."""
    overlap = pairs.overlap_w * pairs.overlap_h
    union = pairs.wp * pairs.hp + pairs.wg * pairs.hg - overlap
    return overlap / (union + EPS)


def empty_share(pairs: BoxPairs) -> Tensor:
    """Return GIoU's penalty, in [0, 1]: the fraction of the enclosing box outside both boxes.

    The slope is at most the reciprocal of the shorter side of the enclosing box, which counts as at
    least ``MIN_SIDE``.
    """
    overlap = pairs.overlap_w * pairs.overlap_h
    union = pairs.wp * pairs.hp + pairs.wg * pairs.hg - overlap
    floored = pairs.cw.clamp(min=MIN_SIDE) * pairs.ch.clamp(min=MIN_SIDE)
    return (pairs.cw * pairs.ch - union) / floored


def center_distance(pairs: BoxPairs) -> Tensor:
    r"""Return the squared distance of the centers over the enclosing box's squared diagonal.

    DIoU's penalty and LR-Net's :math:`\rho_z`, in [0, 1).
    """
    return (pairs.dx**2 + pairs.dy**2) / (pairs.cw**2 + pairs.ch**2 + EPS)


def aspect_difference(pairs: BoxPairs) -> Tensor:
    r"""Return CIoU's :math:`v = 4 / \pi^2 (\arctan(w_g / h_g) - \arctan(w_p / h_p))^2`, in [0, 1).

    The slope of the arc tangent is the reciprocal of the diagonal: sides count as at least
    ``MIN_SIDE``, so that the slope stays bounded for boxes without size.
    """
    target = torch.atan2(pairs.wg.clamp(min=MIN_SIDE), pairs.hg.clamp(min=MIN_SIDE))
    pred = torch.atan2(pairs.wp.clamp(min=MIN_SIDE), pairs.hp.clamp(min=MIN_SIDE))
    return 4 / math.pi**2 * (target - pred) ** 2


def side_distance(pairs: BoxPairs) -> Tensor:
    """Return EIoU's penalty, in [0, 2): squared differences of sides over the enclosing box's."""
    width = (pairs.wp - pairs.wg) ** 2 / (pairs.cw**2 + EPS)
    height = (pairs.hp - pairs.hg) ** 2 / (pairs.ch**2 + EPS)
    return width + height


def angle_cost(pairs: BoxPairs) -> Tensor:
    r"""Return SIoU's :math:`\Lambda = \sin 2\alpha = 2 |dx| |dy| / (dx^2 + dy^2)`, in [0, 1].

    The cost is 0 for centers on one axis or at one point, and 1 at 45 degrees. The closed form
    avoids ``arcsin``, whose slope at 1 is infinite.
    """
    return 2 * pairs.dx.abs() * pairs.dy.abs() / (pairs.dx**2 + pairs.dy**2 + EPS)


def corrected_gamma(pairs: BoxPairs) -> Tensor:
    r"""Return LR-Net's steepness :math:`\gamma = \Lambda^2 + 1` in [1, 2]; SIoU has 2 - Λ."""
    return angle_cost(pairs) ** 2 + 1


def axis_distance_cost(pairs: BoxPairs, gamma: Tensor | float) -> Tensor:
    r"""Return SIoU's distance cost :math:`\sum_{t=x,y} (1 - e^{-\gamma \rho_t})`, in [0, 2).

    Args:
        pairs: Measured boxes.
        gamma: Steepness, ``(...)`` or a number.
    """
    rho_x = (pairs.dx / (pairs.cw + EPS)) ** 2
    rho_y = (pairs.dy / (pairs.ch + EPS)) ** 2
    return 2 - torch.exp(-gamma * rho_x) - torch.exp(-gamma * rho_y)


def center_distance_cost(pairs: BoxPairs, gamma: Tensor | float, constant: float = 1.0) -> Tensor:
    r"""Return LR-Net's distance cost :math:`k - e^{-\gamma \rho_z}` (Eq. 11), in [k - 1, k).

    Args:
        pairs: Measured boxes.
        gamma: Steepness, ``(...)`` or a number.
        constant: ``k``. With the paper's 2 identical boxes cost 1; ours is 1. The slope of the cost
            is the same, the slope of a root of the cost is not.
    """
    return constant - torch.exp(-gamma * center_distance(pairs))


def shape_cost(
    pairs: BoxPairs, theta: float = 4, weights: tuple[Tensor, Tensor] | None = None
) -> Tensor:
    r"""Return SIoU's :math:`\Omega = \sum_{t=w,h} (1 - e^{-\omega_t})^\theta`, in [0, 2).

    :math:`\omega_t` is the difference of the sizes over the larger size; Shape-IoU multiplies by
    ``weights`` of width and height, ``(...)`` each.
    """
    omega_w = (pairs.wp - pairs.wg).abs() / (torch.maximum(pairs.wp, pairs.wg) + EPS)
    omega_h = (pairs.hp - pairs.hg).abs() / (torch.maximum(pairs.hp, pairs.hg) + EPS)
    if weights is not None:
        omega_w, omega_h = weights[0] * omega_w, weights[1] * omega_h
    return (1 - torch.exp(-omega_w)) ** theta + (1 - torch.exp(-omega_h)) ** theta
