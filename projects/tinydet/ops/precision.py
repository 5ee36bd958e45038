"""The number format in which an operator computes."""

from __future__ import annotations

import torch
from torch import Tensor


def widened(*tensors: Tensor) -> list[Tensor]:
    """Return tensors in float64 if the first is of it, in float32 otherwise.

    Half and bfloat16 are for storage: a coordinate of 200 pixels is a multiple of 1/8 in half, and
    some of torchvision's kernels have no version for them.
    """
    wide = torch.float64 if tensors[0].dtype == torch.float64 else torch.float32
    return [tensor.to(wide) for tensor in tensors]
