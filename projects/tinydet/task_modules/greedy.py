"""Greedy choice among items of which some exclude each other, in few steps."""

from __future__ import annotations

import torch
from torch import Tensor


def resolve(count: int, better: Tensor, worse: Tensor) -> Tensor:
    """Decide greedily who stays, given all pairs that are too near: ``(count,)`` bools.

    A round decides every box that no undecided box could still suppress, so there are as many
    rounds as the longest chain of neighbours has members.
    """
    undecided = torch.ones(count, dtype=torch.bool, device=better.device)
    stays = torch.zeros_like(undecided)
    while undecided.any():
        waits = torch.zeros_like(undecided)
        waits[worse[undecided[better]]] = True
        sure = undecided & ~waits
        stays |= sure
        undecided &= waits
        undecided[worse[sure[better]]] = False
    return stays
