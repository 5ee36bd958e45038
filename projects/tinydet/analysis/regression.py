"""Regression of boxes by the gradient of a loss, without a network.

After the simulation of DIoU (arXiv:1911.08287, Sec. 3), whose step rule is used for all losses.
Ours: the gradient is with respect to the outputs of a head, and a problem has objects of several
sizes, because NWD and SFL depend on the size in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.box_loss import BoxLoss

SIZES = ((2, 8), (8, 16), (16, 32), (32, 64))  # px; square root of the area
STRIDES = (4, 8, 16, 32)  # px; level of LR-Net's head for each size


class Problem(NamedTuple):
    """Boxes to regress, sorted by size.

    Attributes:
        start: ``(N, 4)`` outputs for :func:`decode`.
        target: ``(N, 4)`` boxes, px.
        stride: ``(N, 1)`` unit of each center, px.
    """

    start: Tensor
    target: Tensor
    stride: Tensor


class Run(NamedTuple):
    """Mean IoU and mean distance of the centers (px), ``(steps + 1, sizes)`` each."""

    iou: Tensor
    distance: Tensor


def make_problem(
    count: int, offset: float, strides: Sequence[float] = STRIDES, seed: int = 0
) -> Problem:
    """Draw ``count`` boxes of each size, with the same draws for all sizes.

    Sizes are log-uniform in their range, with aspect ratios of 1:4 to 4:1. A box starts with its
    center in a disc of ``offset`` px about the object's center, at every size, because the grid of
    priors does not depend on the objects. The sides start at half to twice those of the object.

    Args:
        count: Number of boxes of each size.
        offset: Radius of the disc, px.
        strides: Unit of the centers of each size, px.
        seed: Seed of the quasi-random draws.
    """
    draws = torch.quasirandom.SobolEngine(6, scramble=True, seed=seed)
    draws = draws.draw(count, dtype=torch.float64).clamp(1e-9, 1 - 1e-9)
    radius, angle = offset * draws[:, 0].sqrt(), 2 * math.pi * draws[:, 1]
    center = torch.stack([radius * angle.cos(), radius * angle.sin()], 1)
    ratio = 2 ** (2 * draws[:, 2:3] - 1)  # root of the aspect ratio
    growth = (2 * draws[:, 3:5] - 1) * math.log(2)
    starts, targets = [], []
    for (low, high), stride in zip(SIZES, strides, strict=True):
        side = low * (high / low) ** draws[:, 5:]
        sides = torch.cat([side * ratio, side / ratio], 1)
        starts.append(torch.cat([center / stride, sides.log() + growth], 1))
        targets.append(torch.cat([-sides / 2, sides / 2], 1))
    stride = torch.tensor(strides, dtype=torch.float64).repeat_interleave(count)
    return Problem(torch.cat(starts), torch.cat(targets), stride[:, None])


def decode(outputs: Tensor, stride: Tensor) -> Tensor:
    """Turn a head's outputs into boxes.

    Args:
        outputs: ``(N, 4)``: center in strides, logarithms of the sides in px.
        stride: ``(N, 1)`` px.

    Returns:
        ``(N, 4)`` boxes x1, y1, x2, y2 in px.
    """
    center, half = outputs[:, :2] * stride, outputs[:, 2:].exp() / 2
    return torch.cat([center - half, center + half], 1)


def regress(loss: BoxLoss, problem: Problem, rate: float, steps: int) -> Run:
    """Descend the gradient of a loss, with all boxes in one call.

    A box moves by ``-rate * decay * (2 - IoU) * gradient``; ``decay`` is 1, after 80 % of the steps
    0.1, and after 90 % 0.01.

    Args:
        loss: A loss with ``reduction="none"``.
        problem: See :func:`make_problem`.
        rate: Learning rate.
        steps: Number of steps; the means are taken before the first and after each step.
    """
    outputs = problem.start.clone().requires_grad_()
    curves = []
    for step in range(steps + 1):
        boxes = decode(outputs, problem.stride)
        with torch.no_grad():
            pairs = terms.box_pairs(boxes, problem.target)
            iou = terms.iou(pairs)
            measured = torch.stack([iou, pairs.dx.hypot(pairs.dy)], 1)
            curves.append(measured.view(len(SIZES), -1, 2).mean(1))
        (gradient,) = torch.autograd.grad(loss(boxes, problem.target).sum(), outputs)
        decay = 1 if step < 0.8 * steps else 0.1 if step < 0.9 * steps else 0.01
        with torch.no_grad():
            outputs -= rate * decay * (2 - iou)[:, None] * gradient
            # A high rate would end in infinity; heads clamp sides too.
            outputs[:, :2].clamp_(-1e3, 1e3)
            outputs[:, 2:].clamp_(-5, 8)
    return Run(*torch.stack(curves).unbind(-1))
