"""Deformable convolutions on batches of any size."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable

from tinydet.compat.wrapping import wrap_once


def divide_any_batch() -> None:
    """Let mmcv's deformable convolution take more than 32 images of any number.

    It unrolls ``im2col_step`` images at once, 32 by default, and refuses a larger batch that the
    step does not divide: 40 tiles, or the 33 images of a last batch. The step changes the memory
    and not the result, so the largest divisor of the batch up to the step takes its place.

    No-op: the step divides the batch, or mmcv has no operators.
    """
    if importlib.util.find_spec("mmcv._ext") is None:
        return

    def make(original: Callable) -> Callable:
        def forward(ctx, x, offset, weight, *geometry, im2col_step=32):
            *geometry, step = geometry if len(geometry) == 7 else (*geometry, im2col_step)
            return original(
                ctx, x, offset, weight, *geometry, im2col_step=largest_divisor(len(x), step)
            )

        return forward

    function = importlib.import_module("mmcv.ops.deform_conv").DeformConv2dFunction
    wrap_once(function, "forward", make, staticmethod)


def largest_divisor(number: int, most: int) -> int:
    """Return the largest divisor of a number that is at most ``most``."""
    return next((d for d in range(min(number, most), 1, -1) if number % d == 0), 1)
