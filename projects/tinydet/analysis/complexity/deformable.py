"""Operations of deformable convolutions, which :mod:`mmengine.analysis` passes over."""

from __future__ import annotations

import math

NAMES = ("DeformConv2dFunction", "ModulatedDeformConv2dFunction")


def convolution(inputs: list, outputs: list) -> int:
    """Return the multiply-adds, those of the plain convolution of the same weight.

    What fetches the samples (four multiply-adds a value of a kernel's window) is left out, as the
    indexing of a plain convolution is.

    Args:
        inputs: Values of the traced graph; the last of four axes is the weight,
            ``(out, in / groups, kernel, kernel)``.
        outputs: The map it makes, ``(B, out, H, W)``.
    """
    shapes = [value.type().sizes() for value in inputs if value.isCompleteTensor()]
    weight = [shape for shape in shapes if len(shape) == 4][-1]
    return math.prod(outputs[0].type().sizes()) * math.prod(weight[1:])
