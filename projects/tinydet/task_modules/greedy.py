"""Greedy choice among boxes of which some exclude others, in few steps."""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.task_modules.neighbours import Neighbours

FIRST, MOST = 64, 2048  # boxes that claim others at once: a crowd at one place goes to a few


def claims(boxes: Neighbours, chains: bool = False) -> Tensor:
    """Return for each box the best one that claims it: the first that it matches.

    Args:
        boxes: Best first.
        chains: A box that is claimed claims others too. Without, it does not, and the boxes that
            no better one claims are those that non-maximum suppression keeps.

    Returns:
        ``(N,)`` indices; a box that nobody claims has its own.
    """
    index = torch.arange(len(boxes), device=boxes.device)
    claimed, free = index.clone(), torch.ones_like(index, dtype=torch.bool)
    rows, sorted_boxes = boxes.rows(index), len(index)
    start, size = 0, FIRST
    while start < len(index):
        better = index[start : start + size]
        if not chains:
            better = better[free[better]]
            better = better[_unclaimed(boxes, better)]
        left = index[start:][free[start:]]
        if 2 * len(left) < sorted_boxes:  # those that cannot be claimed any more cost time
            rows, sorted_boxes = boxes.rows(left), len(left)
        for i, j in boxes.pairs(better, rows):
            i, j = i[free[j]], j[free[j]]
            claimed.scatter_reduce_(0, j, i, "amin")
        free &= claimed == index
        start, size = start + size, min(2 * size, MOST)
    return claimed


def _unclaimed(boxes: Neighbours, index: Tensor) -> Tensor:
    """Tell which of some boxes stay if they alone compete, ``(len(index),)``; indices ascend."""
    pairs = [torch.stack(pair) for pair in boxes.pairs(index, boxes.rows(index))]
    if not pairs:
        return torch.ones_like(index, dtype=torch.bool)
    return resolve(len(index), *torch.searchsorted(index, torch.cat(pairs, 1)))


def resolve(count: int, better: Tensor, worse: Tensor) -> Tensor:
    """Decide greedily who stays, given all pairs that match: ``(count,)`` bools.

    A round decides every box that no undecided box could still suppress, so there are as many
    rounds as the longest chain of neighbors has members.
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
