"""Similarities between boxes as Gaussians, in one convention for losses, assigners and NMS.

Each is a pure function ``(boxes, targets) -> similarity`` in [0, 1], 1 where two boxes are equal:
``boxes`` are predictions or priors, ``targets`` are objects (only :func:`kld` is not symmetric).
Both are ``(..., 4)`` as x1, y1, x2, y2 in pixels of the network input and broadcast against each
other, so ``nwd(priors[:, None], gts)`` is the ``(N, M)`` table. Half precision is raised to
float32, because the square of 256 px overflows fp16.

A box is the Gaussian with its mean at the centre and standard deviations of half its sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

EPS = 1e-6  # px: a side below it is taken for it, where something is divided by a side


class Offsets(NamedTuple):
    """Differences of centres (px) and sides of both boxes, each ``(...)``."""

    dx: Tensor
    dy: Tensor
    w: Tensor
    h: Tensor
    wt: Tensor
    ht: Tensor


def offsets(boxes: Tensor, targets: Tensor) -> Offsets:
    """Measure boxes against targets; negative sides count as 0."""
    dtype = torch.promote_types(torch.promote_types(boxes.dtype, targets.dtype), torch.float32)
    x1, y1, x2, y2 = boxes.to(dtype).unbind(-1)
    tx1, ty1, tx2, ty2 = targets.to(dtype).unbind(-1)
    return Offsets(
        dx=(x1 + x2) / 2 - (tx1 + tx2) / 2,
        dy=(y1 + y2) / 2 - (ty1 + ty2) / 2,
        w=(x2 - x1).clamp(min=0),
        h=(y2 - y1).clamp(min=0),
        wt=(tx2 - tx1).clamp(min=0),
        ht=(ty2 - ty1).clamp(min=0),
    )


def root(square: Tensor) -> Tensor:
    """Return the square root with slope 0 at 0, where that of ``sqrt`` is infinite; NaN of NaN."""
    zero = square == 0
    return torch.where(zero, torch.ones_like(square), square).sqrt() * ~zero


def check_constant(constant: float, name: str = "constant") -> float:
    """Return a constant that normalises pixels.

    Raises:
        ValueError: It is not a finite positive number.
    """
    if constant == "auto":
        raise ValueError(
            f"{name}='auto' stands for the mean object size of the training annotations; "
            "tools/train.py and tools/test.py put the number there, other programs have to give it "
            "(python tools/data/check.py prints it)"
        )
    if isinstance(constant, bool) or not isinstance(constant, int | float):
        raise ValueError(f"{name}={constant!r} is not a number of pixels")
    if not (math.isfinite(constant) and constant > 0):
        raise ValueError(f"{name}={constant!r} must be a finite number of pixels above 0")
    return float(constant)


def squared_wasserstein(boxes: Tensor, targets: Tensor) -> Tensor:
    r"""Squared 2-Wasserstein distance of the Gaussians, px² (arXiv:2110.13389).

    .. math:: W_2^2 = dx^2 + dy^2 + (\Delta w^2 + \Delta h^2) / 4
    """
    o = offsets(boxes, targets)
    return o.dx**2 + o.dy**2 + ((o.w - o.wt) ** 2 + (o.h - o.ht) ** 2) / 4


def nwd(boxes: Tensor, targets: Tensor, constant: float) -> Tensor:
    r"""Normalised Wasserstein distance :math:`\exp(-W_2 / C)` (arXiv:2110.13389).

    Args:
        boxes: See the module.
        targets: See the module.
        constant: C, px: the mean absolute object size of the data set; 12.8 for AI-TOD, 12.7 for
            AI-TOD-v2.
    """
    return torch.exp(-root(squared_wasserstein(boxes, targets)) / constant)


def wasserstein(boxes: Tensor, targets: Tensor) -> Tensor:
    """RFLA's ``1 / (1 + W2²)`` (arXiv:2208.08738)."""
    return 1 / (1 + squared_wasserstein(boxes, targets))


def kl_divergence(boxes: Tensor, targets: Tensor) -> Tensor:
    r"""Kullback-Leibler divergence of the box's Gaussian from the target's (arXiv:2208.08738).

    .. math::
        KL(r \| g) = \tfrac12 \left[\frac{w_r^2}{w_g^2} + \frac{h_r^2}{h_g^2}
        + \frac{4 dx^2}{w_g^2} + \frac{4 dy^2}{h_g^2}
        + \ln \frac{w_g^2}{w_r^2} + \ln \frac{h_g^2}{h_r^2} - 2\right]
    """
    o = offsets(boxes, targets)
    ratio_w = o.w.clamp(min=EPS) / o.wt.clamp(min=EPS)
    ratio_h = o.h.clamp(min=EPS) / o.ht.clamp(min=EPS)
    shift = (o.dx / o.wt.clamp(min=EPS)) ** 2 + (o.dy / o.ht.clamp(min=EPS)) ** 2
    size = ratio_w**2 + ratio_h**2 - 2 - 2 * ratio_w.log() - 2 * ratio_h.log()
    return (size / 2 + 2 * shift).clamp(min=0)  # rounding may go below 0 at equal boxes


def kld(boxes: Tensor, targets: Tensor) -> Tensor:
    """RFLA's ``1 / (1 + KL(boxes || targets))`` (arXiv:2208.08738)."""
    return 1 / (1 + kl_divergence(boxes, targets))


def dotd(boxes: Tensor, targets: Tensor, constant: float) -> Tensor:
    r"""Dot distance :math:`\exp(-\sqrt{dx^2 + dy^2} / C)`, blind to size (CVPRW 2021).

    Args:
        boxes: See the module.
        targets: See the module.
        constant: C, px, as in :func:`nwd`.
    """
    o = offsets(boxes, targets)
    return torch.exp(-root(o.dx**2 + o.dy**2) / constant)


def simd(boxes: Tensor, targets: Tensor, m: float, n: float) -> Tensor:
    r"""Similarity distance (SimD, IROS 2024): location and shape over the sum of the sides.

    .. math::
        \exp\left(-\sqrt{\Big(\frac{m\,dx}{w_g + w_a}\Big)^2 + \Big(\frac{n\,dy}{h_g + h_a}\Big)^2}
        -\sqrt{\Big(\frac{m\,\Delta w}{w_g + w_a}\Big)^2
        + \Big(\frac{n\,\Delta h}{h_g + h_a}\Big)^2}\right)

    Args:
        boxes: See the module.
        targets: See the module.
        m: Mean of ``|dx| / (wg + wa)`` over the object-anchor pairs of the data set; see
            :mod:`tinydet.analysis.simd_constants`.
        n: The same of ``|dy| / (hg + ha)``.
    """
    o = offsets(boxes, targets)
    scale_w = m / (o.w + o.wt).clamp(min=EPS)
    scale_h = n / (o.h + o.ht).clamp(min=EPS)
    location = root((scale_w * o.dx) ** 2 + (scale_h * o.dy) ** 2)
    shape = root((scale_w * (o.w - o.wt)) ** 2 + (scale_h * (o.h - o.ht)) ** 2)
    return torch.exp(-location - shape)


# What an argument ``distance="…"`` may name.
DISTANCES: dict[str, Callable[..., Tensor]] = {
    "nwd": nwd,
    "wasserstein": wasserstein,
    "kld": kld,
    "dotd": dotd,
    "simd": simd,
}
