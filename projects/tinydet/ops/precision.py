"""The dtype in which an operator computes."""

from __future__ import annotations

import torch
from torch import Tensor


def widened(*tensors: Tensor) -> list[Tensor]:
    """Return tensors in float64 if the first is in float64, otherwise in float32.

    Half and bfloat16 are too coarse: around 200 pixels, half has steps of 1/8 pixel. Also, some of
    torchvision's kernels do not support them.
    """
    wide = torch.float64 if tensors[0].dtype == torch.float64 else torch.float32
    return [tensor.to(wide) for tensor in tensors]
