"""Contested priors, where a prior and an object may have only one match.

Paper: YOLOv10, arXiv:2405.14458, section 3.1: in the one-to-one branch each object takes the prior
of its largest metric. Task-aligned assignment with k = 1 alone is not one-to-one: a prior that
several objects claim goes to the object that it overlaps most, even if that object claimed another
prior. The object then has two priors, which learn to predict it twice.
"""

from __future__ import annotations

from torch import Tensor


def strongest_claims(prior: Tensor, gt: Tensor, overlap: Tensor) -> tuple[Tensor, Tensor]:
    """Return each claimed prior once and the object with the largest overlap that claims it.

    Of equal overlaps the first claim counts.

    Args:
        prior: Claimed priors, ``(claims,)``.
        gt: Objects that claim them.
        overlap: Overlaps of priors and objects.

    Returns:
        Priors in order and their objects, ``(P,)`` each.
    """
    by_overlap = overlap.argsort(descending=True, stable=True)
    order = by_overlap[prior[by_overlap].argsort(stable=True)]
    prior, gt = prior[order], gt[order]
    first = prior != prior.roll(1)
    first[:1] = True
    return prior[first], gt[first]
