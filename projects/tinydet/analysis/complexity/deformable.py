"""Operations of deformable convolutions, which :mod:`mmengine.analysis` does not count."""

from __future__ import annotations

import math

NAMES = ("DeformConv2dFunction", "ModulatedDeformConv2dFunction")


def convolution(inputs: list, outputs: list) -> int:
    """Return the multiply-adds of a plain convolution with the same weight.

    The interpolation of samples (four multiply-adds for each value of a kernel's window) is not
    counted, like the indexing of a plain convolution.

    Args:
        inputs: Values of the traced graph; the last value with four axes is the weight,
            ``(out, in / groups, kernel, kernel)``.
        outputs: The output map, ``(B, out, H, W)``.
    """
    shapes = [value.type().sizes() for value in inputs if value.isCompleteTensor()]
    weight = [shape for shape in shapes if len(shape) == 4][-1]
    return math.prod(outputs[0].type().sizes()) * math.prod(weight[1:])
