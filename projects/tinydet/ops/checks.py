"""Each operator of ``mmcv.ops`` that configs need, called with numbers whose result is known.

For ``tools/check_env.py``: whichever implementation is installed, on whichever device. The names
are those of :func:`tinydet.ops.origin`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn import functional as F

# Three boxes: the second covers the first with an IoU of 0.8, the third lies apart.
BOXES = [[0.0, 0, 10, 8], [0, 0, 10, 10], [20, 20, 30, 30]]
SCORES = [0.8, 0.9, 0.7]


def check_nms(device: str) -> None:
    """The better of the two that overlap stays, and the one apart."""
    from mmcv.ops import nms

    boxes, scores = torch.tensor(BOXES, device=device), torch.tensor(SCORES, device=device)
    _, kept = nms(boxes, scores, 0.5)
    assert kept.tolist() == [1, 2], kept.tolist()


def check_soft_nms(device: str) -> None:
    """The score of the worse of the two is multiplied by 1 - 0.8."""
    from mmcv.ops import soft_nms

    boxes, scores = torch.tensor(BOXES, device=device), torch.tensor(SCORES, device=device)
    found, _ = soft_nms(boxes, scores, 0.5)
    torch.testing.assert_close(found[:, 4].cpu(), torch.tensor([0.9, 0.7, 0.16]))


def check_roi_align(device: str) -> None:
    """The mean over a region of a ramp is the ramp at its center."""
    from mmcv.ops import RoIAlign

    ramp = torch.arange(16.0, device=device).expand(1, 1, 16, 16)
    region = torch.tensor([[0.0, 2, 2, 10, 10]], device=device)
    value = RoIAlign(1, 1.0, 2)(ramp.contiguous(), region).item()  # mmcv reads raw memory
    assert abs(value - 5.5) < 1e-5, value


def _convolution(device: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    x, weight = torch.randn(1, 2, 8, 8, device=device), torch.randn(3, 2, 3, 3, device=device)
    return x, weight, F.conv2d(x, weight, padding=1)


def check_deform_conv2d(device: str) -> None:
    """Without offsets it is a convolution."""
    from mmcv.ops import deform_conv2d

    x, weight, expected = _convolution(device)
    found = deform_conv2d(x, x.new_zeros(1, 18, 8, 8), weight, 1, 1)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def check_modulated_deform_conv2d(device: str) -> None:
    """Without offsets and with a mask of 1 it is a convolution."""
    from mmcv.ops import modulated_deform_conv2d

    x, weight, expected = _convolution(device)
    offset, mask = x.new_zeros(1, 18, 8, 8), x.new_ones(1, 9, 8, 8)
    found = modulated_deform_conv2d(x, offset, mask, weight, None, 1, 1, 1, 1, 1)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def check_sigmoid_focal_loss(device: str) -> None:
    """At a probability of 1/2: ``ln 2 / 4``, times alpha for the class, 1 - alpha for others."""
    from mmcv.ops import sigmoid_focal_loss

    logits, target = torch.zeros(1, 2, device=device), torch.tensor([0], device=device)
    found = sigmoid_focal_loss(logits, target, 2.0, 0.25, None, "none")
    expected = torch.tensor([[0.25, 0.75]]) / 4 * math.log(2)
    torch.testing.assert_close(found.cpu(), expected)


def check_softmax_focal_loss(device: str) -> None:
    """At a probability of 1/2: ``alpha * ln 2 / 4``."""
    from mmcv.ops import softmax_focal_loss

    logits, target = torch.zeros(1, 2, device=device), torch.tensor([1], device=device)
    found = softmax_focal_loss(logits, target, 2.0, 0.25, None, "none")
    torch.testing.assert_close(found.cpu(), torch.tensor([0.25 / 4 * math.log(2)]))


def check_ms_deform_attn(device: str) -> None:
    """A point in the middle of four values is their mean."""
    from mmcv.ops.multi_scale_deform_attn import MultiScaleDeformableAttnFunction

    value = torch.tensor([1.0, 2, 3, 6], device=device).view(1, 4, 1, 1).expand(1, 4, 1, 4)
    shapes, start = torch.tensor([[2, 2]], device=device), torch.tensor([0], device=device)
    middle = torch.full((1, 1, 1, 1, 1, 2), 0.5, device=device)
    weights = torch.ones(1, 1, 1, 1, 1, device=device)
    found = MultiScaleDeformableAttnFunction.apply(
        value.contiguous(), shapes, start, middle, weights, 64
    )
    torch.testing.assert_close(found.cpu(), torch.full((1, 1, 4), 3.0))


CHECKS: dict[str, Callable[[str], None]] = {
    "nms": check_nms,
    "soft_nms": check_soft_nms,
    "roi_align": check_roi_align,
    "deform_conv2d": check_deform_conv2d,
    "modulated_deform_conv2d": check_modulated_deform_conv2d,
    "sigmoid_focal_loss": check_sigmoid_focal_loss,
    "softmax_focal_loss": check_softmax_focal_loss,
    "ms_deform_attn": check_ms_deform_attn,
}
NOT_COMPILED_FOR_CPU = {"sigmoid_focal_loss", "softmax_focal_loss", "ms_deform_attn"}
"""mmcv has these for a GPU alone; mmdet computes them in plain torch on the CPU."""


def check_all(devices: list[str]) -> dict[str, str]:
    """Return a row for each operator and device: ``works (compiled mmcv)`` or ``FAILS: ...``."""
    from tinydet.ops import origin

    rows, origins = {}, origin()
    for device in devices:
        for name, check in CHECKS.items():
            if device == "cpu" and name in NOT_COMPILED_FOR_CPU and "compiled" in origins[name]:
                continue
            try:
                check(device)
                rows[f"{name} on {device}"] = f"works ({origins[name]})"
            except Exception as error:  # a CUDA kernel raises anything at all
                said = str(error).strip().splitlines() or ["no message"]
                rows[f"{name} on {device}"] = (
                    f"FAILS ({origins[name]}): {type(error).__name__}: {said[0]}"
                )
    return rows
