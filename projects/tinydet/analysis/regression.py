"""Boxes that regress under a loss alone, without a network: what the gradients of a loss do.

After the simulation of DIoU (arXiv:1911.08287, Sec. 3), whose rule for a step is used for every
loss here. Ours: the gradient is by what a head predicts, and a problem has objects of several sizes
at once, because NWD and SFL depend on the size in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.box_loss import BoxLoss

SIZES = ((2, 8), (8, 16), (16, 32), (32, 64))  # px, square root of the area
STRIDES = (4, 8, 16, 32)  # px: the level of LR-Net's head that each size belongs to


class Problem(NamedTuple):
    """Boxes to regress, size after size.

    ``start`` are outputs ``(N, 4)`` as :func:`decode` takes them, ``target`` boxes ``(N, 4)`` in
    px, ``stride`` the unit of each centre, ``(N, 1)`` px.
    """

    start: Tensor
    target: Tensor
    stride: Tensor


class Run(NamedTuple):
    """Mean IoU and mean distance of the centres, px: ``(steps + 1, sizes)`` each."""

    iou: Tensor
    distance: Tensor


def make_problem(
    count: int, offset: float, strides: Sequence[float] = STRIDES, seed: int = 0
) -> Problem:
    """Draw ``count`` boxes a size: the same draws for every size.

    Sizes are log-uniform in their range, sides 1:4 to 4:1. A box starts with its centre in a disc
    of ``offset`` px about the object's, whatever the size, because the place of a prior on the
    grid knows nothing of the object; and with sides of half to twice the object's.

    Args:
        count: Boxes a size.
        offset: Radius of the disc, px.
        strides: Unit of a centre, px, one a size.
        seed: Of the quasi-random draws.
    """
    draws = torch.quasirandom.SobolEngine(6, scramble=True, seed=seed)
    draws = draws.draw(count, dtype=torch.float64).clamp(1e-9, 1 - 1e-9)
    radius, angle = offset * draws[:, 0].sqrt(), 2 * math.pi * draws[:, 1]
    centre = torch.stack([radius * angle.cos(), radius * angle.sin()], 1)
    ratio = 2 ** (2 * draws[:, 2:3] - 1)  # root of the aspect ratio
    growth = (2 * draws[:, 3:5] - 1) * math.log(2)
    starts, targets = [], []
    for (low, high), stride in zip(SIZES, strides, strict=True):
        side = low * (high / low) ** draws[:, 5:]
        sides = torch.cat([side * ratio, side / ratio], 1)
        starts.append(torch.cat([centre / stride, sides.log() + growth], 1))
        targets.append(torch.cat([-sides / 2, sides / 2], 1))
    stride = torch.tensor(strides, dtype=torch.float64).repeat_interleave(count)
    return Problem(torch.cat(starts), torch.cat(targets), stride[:, None])


def decode(outputs: Tensor, stride: Tensor) -> Tensor:
    """Turn a head's outputs into boxes.

    Args:
        outputs: ``(N, 4)``: centre in strides, logarithms of the sides in px.
        stride: ``(N, 1)`` px.

    Returns:
        ``(N, 4)`` boxes x1, y1, x2, y2 in px.
    """
    centre, half = outputs[:, :2] * stride, outputs[:, 2:].exp() / 2
    return torch.cat([centre - half, centre + half], 1)


def regress(loss: BoxLoss, problem: Problem, rate: float, steps: int) -> Run:
    """Descend the gradient of one loss; all boxes make one call of it.

    A box moves by ``-rate * decay * (2 - IoU) * gradient``; decay is 1, from 80 % of the steps on
    0.1 and from 90 % on 0.01.

    Args:
        loss: A loss of reduction ``none``.
        problem: See :func:`make_problem`.
        rate: Of the whole run.
        steps: After each of them, and before the first, the means are taken.
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
            # Too great a rate would end in infinity; heads clamp their sides too.
            outputs[:, :2].clamp_(-1e3, 1e3)
            outputs[:, 2:].clamp_(-5, 8)
    return Run(*torch.stack(curves).unbind(-1))
