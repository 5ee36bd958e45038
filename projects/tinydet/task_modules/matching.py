"""The steps of label assignment, with rules for ties and without an effect of the file's order.

The published assigners loop over the objects and write each into its priors: a prior claimed by
several objects ends with the last object in the file, and an object may end without a prior. Here

1. a contested prior is assigned to the most similar object, the first of equally similar ones;
2. an object claims at most k priors, the first of equally similar ones;
3. an object without a prior is given one that the others can spare (:func:`complete`).

Pairs are three tensors ``(P,)``: indices of objects, indices of priors and similarities above 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from tinydet.task_modules.windows import Windows

NOBODY = -1
FIRST_LIST = 16  # candidates that an object without a prior starts with


class Owners:
    """The most similar object of each prior among the pairs so far.

    Attributes:
        gt: ``(N,)`` index of the object, or ``NOBODY``.
        value: ``(N,)`` similarity of the prior and the object, float64; 0 for ``NOBODY``.
    """

    def __init__(self, priors: int, device: torch.device) -> None:
        self.gt = torch.full((priors,), NOBODY, device=device)
        self.value = torch.zeros(priors, dtype=torch.float64, device=device)

    def update(self, gt: Tensor, prior: Tensor, value: Tensor) -> None:
        """Add pairs, and keep the most similar object of each prior (rule 1).

        Args:
            gt: ``(P,)`` indices of objects, all above those of earlier calls.
            prior: ``(P,)`` indices of priors.
            value: ``(P,)`` similarities.
        """
        before = self.value[prior]
        self.value.scatter_reduce_(0, prior, value, "amax")
        wins = (value > before) & (value == self.value[prior])
        gt, prior = gt[wins], prior[wins]
        self.gt[prior] = torch.iinfo(torch.long).max
        self.gt.scatter_reduce_(0, prior, gt, "amin")


def rank(gt: Tensor) -> Tensor:
    """Number the pairs of each object from 0; the pairs are sorted by object."""
    count = torch.bincount(gt)
    return torch.arange(len(gt), device=gt.device) - (count.cumsum(0) - count)[gt]


def best_per_object(gt: Tensor, prior: Tensor, cost: Tensor, k: int | Tensor) -> Tensor:
    """Return the places of each object's k pairs of lowest cost (rule 2).

    Args:
        gt: ``(P,)`` indices of objects.
        prior: ``(P,)`` indices of priors; the first prior of equal cost comes first.
        cost: ``(P,)``.
        k: A number, or ``(M,)`` a number for each object.

    Returns:
        Places in the ``P`` pairs, sorted by object and then by cost.
    """
    order = prior.argsort()
    order = order[cost[order].argsort(stable=True)]
    order = order[gt[order].argsort(stable=True)]
    gt = gt[order]
    return order[rank(gt) < (k[gt] if isinstance(k, Tensor) else k)]


def claims(
    windows: Windows,
    gts: Tensor,
    k: int,
    min_similarity: float = 0,
    floor: float = math.inf,
    visit: Callable[[Tensor, Tensor, Tensor], None] = lambda *_: None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the k most similar priors of each object, and visit all similar pairs on the way.

    Args:
        windows: The priors.
        gts: ``(M, 4)``.
        k: Priors an object claims; fewer if fewer have a similarity above 0.
        min_similarity: Lowest similarity of a claim.
        floor: Lowest similarity of a visited pair, above 0.
        visit: Called with blocks of the pairs that reach ``floor``, in the order of the objects.

    Returns:
        Pairs, sorted by object and then by similarity, the highest first.
    """
    bound = windows.bound(gts, k).clamp(min=min_similarity)
    none = bound.new_zeros(0)
    found = [(none.long(), none.long(), none)]
    for gt, prior, value in windows.pairs(gts, bound.clamp(max=floor)):
        likely = (value >= bound[gt]).nonzero().squeeze(1)
        best = likely[best_per_object(gt[likely], prior[likely], -value[likely], k)]
        found.append((gt[best], prior[best], value[best]))
        high = value >= floor
        visit(gt[high], prior[high], value[high])
    return tuple(torch.cat(part) for part in zip(*found, strict=True))


def complete(
    owners: Owners, priors: Tensor, gts: Tensor, make_windows: Callable[[Tensor], Windows]
) -> None:
    """Assign a prior to each object that has none (rule 3).

    Free priors are assigned first. When no prior is free, objects with several priors lose one.
    The most similar pair is served first, of equally similar pairs the first object with its first
    prior. An object whose similarity to all these priors is 0 is assigned the first of them.
    Afterwards every object has a prior if ``N >= M``.

    Args:
        owners: The objects of the priors so far; changed in place.
        priors: ``(N, 4)``.
        gts: ``(M, 4)``.
        make_windows: Builds the windows of some of the priors.
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
            gt, prior, value = claims(make_windows(priors[spare]), gts[needy], k)
            if len(gt) == 0:  # all similarities are 0
                served = 1 if of_others else min(len(needy), len(spare))
                gt = prior = torch.arange(served, device=gts.device)
                value = torch.zeros_like(gt, dtype=torch.float64)
            count = _give(needy[gt], spare[prior], value, k, owners, count)
            k *= 2


def _give(
    gt: Tensor, prior: Tensor, value: Tensor, k: int, owners: Owners, count: Tensor
) -> Tensor:
    """Assign priors to objects from their lists of k candidates, the most similar pair first.

    Stops where an object needs a longer list.

    Returns:
        ``(M,)`` number of priors of each object.
    """
    entries = torch.bincount(gt, minlength=len(count))
    final = torch.ones_like(gt, dtype=torch.bool)
    final[:-1] = gt[1:] != gt[:-1]
    final &= entries[gt] == k  # the list was cut
    order = value.argsort(descending=True, stable=True)
    pairs = [column[order].tolist() for column in (gt, prior, final)]
    holder = dict(zip(prior.tolist(), owners.gt[prior].tolist(), strict=True))
    number, given = count.tolist(), []
    for place, (needy, wanted, cut) in enumerate(zip(*pairs, strict=True)):
        if number[needy]:
            continue
        holds = holder[wanted]
        if holds == NOBODY or number[holds] > 1:
            if holds != NOBODY:
                number[holds] -= 1
            holder[wanted], number[needy] = needy, 1
            given.append(place)
        elif cut:
            break  # the object's next candidate may come before all other pairs
    given = order[given]
    owners.gt[prior[given]] = gt[given]
    owners.value[prior[given]] = value[given]
    return torch.tensor(number, device=count.device)
