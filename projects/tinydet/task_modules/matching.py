"""Who gets a prior: the steps that label assigners are made of, free of ties and of file order.

The published assigners loop over the objects and write into the priors, so that of several objects
that want a prior the last one in the file gets it, and an object may end with none. Here

1. a contested prior goes to the most similar object, of equally similar ones to the first;
2. an object wants at most k priors, of equally similar ones the first;
3. an object left with none takes what the others do not need (:func:`complete`).

Pairs are three tensors ``(P,)``: indices of objects, indices of priors and similarities above 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from tinydet.task_modules.windows import Windows

NOBODY = -1
FIRST_LIST = 16  # priors listed at first of an object that has none


class Owners:
    """The most similar object of each prior so far.

    Attributes:
        gt: ``(N,)`` index of the object, or ``NOBODY``.
        value: ``(N,)`` their similarity, float64, 0 where there is none.
    """

    def __init__(self, priors: int, device: torch.device) -> None:
        self.gt = torch.full((priors,), NOBODY, device=device)
        self.value = torch.zeros(priors, dtype=torch.float64, device=device)

    def settle(self, gt: Tensor, prior: Tensor, value: Tensor) -> None:
        """Let objects of higher index than those before claim priors (rule 1)."""
        before = self.value[prior]
        self.value.scatter_reduce_(0, prior, value, "amax")
        wins = (value > before) & (value == self.value[prior])
        gt, prior = gt[wins], prior[wins]
        self.gt[prior] = torch.iinfo(torch.long).max
        self.gt.scatter_reduce_(0, prior, gt, "amin")


def rank(gt: Tensor) -> Tensor:
    """Number the pairs of each object, which are side by side and sorted by object, from 0."""
    count = torch.bincount(gt)
    return torch.arange(len(gt), device=gt.device) - (count.cumsum(0) - count)[gt]


def most_similar(gt: Tensor, prior: Tensor, value: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return at most k pairs of each object, best first, of equal ones the first prior (rule 2)."""
    order = prior.argsort()
    order = order[value[order].argsort(descending=True, stable=True)]
    order = order[gt[order].argsort(stable=True)]
    gt, prior, value = gt[order], prior[order], value[order]
    keep = rank(gt) < k
    return gt[keep], prior[keep], value[keep]


def claims(
    windows: Windows,
    gts: Tensor,
    k: int,
    least: float = 0,
    floor: float = math.inf,
    see: Callable[[Tensor, Tensor, Tensor], None] = lambda *_: None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the k most similar priors of each object, and show all similar pairs on the way.

    Args:
        windows: Of the priors.
        gts: ``(M, 4)``.
        k: How many; fewer where fewer are similar at all.
        least: Lowest similarity of a claim.
        floor: Lowest similarity that ``see`` wants, above 0.
        see: Called with blocks of the pairs that reach ``floor``, in the order of the objects.

    Returns:
        Pairs, sorted by object and then as :func:`most_similar` does.
    """
    bound = windows.bound(gts, k).clamp(min=least)
    none = bound.new_zeros(0)
    found = [(none.long(), none.long(), none)]
    for gt, prior, value in windows.pairs(gts, bound.clamp(max=floor)):
        best = value >= bound[gt]
        found.append(most_similar(gt[best], prior[best], value[best], k))
        high = value >= floor
        see(gt[high], prior[high], value[high])
    return tuple(torch.cat(part) for part in zip(*found, strict=True))


def complete(
    owners: Owners, priors: Tensor, gts: Tensor, make: Callable[[Tensor], Windows]
) -> None:
    """Give each object that has no prior one that nobody, or nobody else, needs (rule 3).

    The most similar pair goes first, of equally similar ones the first object and its first prior.
    Only when no prior is free, an object that has several loses one. An object that is similar to
    none of them takes the first. Every object has a prior afterwards whenever ``N >= M``.

    Args:
        owners: Of the priors so far, changed in place.
        priors: ``(N, 4)``.
        gts: ``(M, 4)``.
        make: Builds the windows of some of the priors.
    """
    count = torch.bincount(owners.gt[owners.gt >= 0], minlength=len(gts))
    for of_others in (False, True):
        k = FIRST_LIST
        while True:
            needy = (count == 0).nonzero().squeeze(1)
            spare = count[owners.gt.clamp(min=0)] > 1 if of_others else owners.gt == NOBODY
            spare = spare.nonzero().squeeze(1)
            if len(needy) == 0 or len(spare) == 0:
                break
            gt, prior, value = claims(make(priors[spare]), gts[needy], k)
            if len(gt) == 0:  # similar to none
                served = 1 if of_others else min(len(needy), len(spare))
                gt = prior = torch.arange(served, device=gts.device)
                value = torch.zeros_like(gt, dtype=torch.float64)
            count = _give(needy[gt], spare[prior], value, k, owners, count)
            k *= 2


def _give(
    gt: Tensor, prior: Tensor, value: Tensor, k: int, owners: Owners, count: Tensor
) -> Tensor:
    """Serve objects from their lists of k priors, best pair first, as far as the lists tell.

    Returns:
        ``(M,)`` how many priors each object has now.
    """
    entries = torch.bincount(gt, minlength=len(count))
    final = torch.ones_like(gt, dtype=torch.bool)
    final[:-1] = gt[1:] != gt[:-1]
    final &= entries[gt] == k  # more would follow
    order = value.argsort(descending=True, stable=True)
    pairs = [column[order].tolist() for column in (gt, prior, final)]
    holder = dict(zip(prior.tolist(), owners.gt[prior].tolist(), strict=True))
    number, given = count.tolist(), []
    for place, (wants, wanted, no_more) in enumerate(zip(*pairs, strict=True)):
        if number[wants]:
            continue
        holds = holder[wanted]
        if holds == NOBODY or number[holds] > 1:
            if holds != NOBODY:
                number[holds] -= 1
            holder[wanted], number[wants] = wants, 1
            given.append(place)
        elif no_more:
            break  # its next best may come before all other pairs
    given = order[given]
    owners.gt[prior[given]] = gt[given]
    owners.value[prior[given]] = value[given]
    return torch.tensor(number, device=count.device)
