"""One box for the several that overlapping tiles give an object.

Boxes are sorted by score, equal ones by index. Two of one label match where their IoU, or IoS, the
intersection over the smaller area, exceeds a threshold, computed in float64. mmcv's ``nms`` decides
in float32 and does not say which box a suppressed one belongs to, so it is not used here.

Papers: weighted boxes fusion, arXiv:1910.13302. Non-maximum merging, plain and greedy, is known
from SAHI, arXiv:2202.06934; here only the boxes as detected match, not their growing union.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.errors import InputError, did_you_mean
from tinydet.slicing.fusion import LEAST, fuse
from tinydet.slicing.matches import Matches
from tinydet.task_modules.greedy import claims

METHODS = ("nms", "nmm", "greedy_nmm", "wbf")
METRICS = ("iou", "ios")
LIMIT = 1e7  # px

Merged = tuple[Tensor, Tensor, Tensor, list[Tensor]]


def check_merge(
    method: str = "nms", metric: str = "iou", threshold: float = 0.5, class_agnostic: bool = False
) -> None:
    """Check what a config says, before the first picture does.

    Raises:
        InputError: Names the argument and what it can be.
    """
    for name, value, known in (("type", method, METHODS), ("metric", metric, METRICS)):
        if value not in known:
            near = did_you_mean(str(value), known)
            raise InputError(f"merge: {name}={value!r}{near}; write one of {', '.join(known)}")
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise InputError(f"merge: threshold={threshold!r} is not a number")
    if not 0 <= threshold <= 1:
        raise InputError(f"merge: threshold={threshold!r}; write a number from 0 to 1")
    if not isinstance(class_agnostic, bool):
        raise InputError(f"merge: class_agnostic={class_agnostic!r}; write True or False")


def checked_merge(merge: dict) -> dict:
    """Return a config's ``merge=dict(type=...)`` as the arguments of :func:`merge`.

    Raises:
        InputError: See :func:`check_merge`; a key is none of its arguments.
    """
    known = ("type", "metric", "threshold", "class_agnostic")
    for key in merge:
        if key not in known:
            raise InputError(
                f"merge: {key!r}{did_you_mean(key, known)}; it takes {', '.join(known)}"
            )
    arguments = {"method" if key == "type" else key: value for key, value in merge.items()}
    check_merge(**arguments)
    return arguments


def merge(
    boxes: Tensor,
    scores: Tensor,
    labels: Tensor,
    method: str = "nms",
    metric: str = "iou",
    threshold: float = 0.5,
    class_agnostic: bool = False,
) -> Merged:
    """Merge boxes that show one object.

    ``nms``: the best box stays, those that match it go, and so on with the rest.
    ``greedy_nmm``: the same groups, each a best box and what it removes; its box becomes the hull
    of the group.
    ``nmm``: each box belongs to the group of the best of the better boxes that it matches, whether
    or not that one heads a group; the hull of the group.
    ``wbf``: each box in turn joins the group whose mean it overlaps most, if above the threshold,
    the older of equal ones; box: the members' mean, weighted by score; score: their mean.

    Args:
        boxes: ``(N, 4)`` as x1, y1, x2, y2, px; coordinates beyond 1e7 count as that.
        scores: ``(N,)``; a group gets its best one, or, by ``wbf``, the mean.
        labels: ``(N,)``; a group gets that of its best box.
        method: ``nms``, ``nmm``, ``greedy_nmm`` or ``wbf``.
        metric: ``iou`` or ``ios``. By ``ios`` a small object on a large one of its class goes.
        threshold: From 0 to 1; boxes match above it.
        class_agnostic: Boxes of different labels match too.

    Returns:
        ``(K, 4)`` boxes, ``(K,)`` scores and labels, and K tensors of members: the indices of a
        group's boxes, best first. Groups are sorted by score, then by the index of the best box.

    Raises:
        InputError: See :func:`check_merge`.
    """
    check_merge(method, metric, threshold, class_agnostic)
    if len(boxes) == 0:
        return boxes, scores, labels, []
    order = scores.argsort(descending=True, stable=True)
    ranked = boxes[order].double().nan_to_num(LIMIT, LIMIT, -LIMIT).clamp(-LIMIT, LIMIT)
    kinds = torch.zeros_like(labels) if class_agnostic else labels[order]
    weights = scores[order].double()
    if method == "wbf":
        head = fuse(ranked, weights, kinds, metric, threshold)
    else:
        head = _heads(claims(Matches(ranked, kinds, metric, threshold), chains=method == "nmm"))
    heads, group = torch.unique(head, return_inverse=True)
    if method == "wbf":
        merged, best = _means(ranked, weights, group)
    else:
        merged = ranked[heads] if method == "nms" else hulls(ranked, group)
        best = weights[heads]
    rank = best.argsort(descending=True, stable=True)
    members = order[group.argsort(stable=True)].split(torch.bincount(group).tolist())
    return (
        merged[rank].to(boxes.dtype),
        best[rank].to(scores.dtype),
        labels[order[heads[rank]]],
        [members[k] for k in rank.tolist()],
    )


def _heads(claimed: Tensor) -> Tensor:
    """Follow claims to the box that nobody claims."""
    while True:
        further = claimed[claimed]
        if torch.equal(further, claimed):
            return claimed
        claimed = further


def hulls(boxes: Tensor, group: Tensor) -> Tensor:
    """Return the smallest box around the boxes of each group, ``(K, 4)``; groups from 0."""
    index = group[:, None].expand(-1, 2)
    low, high = boxes.new_empty(2, int(group.max()) + 1, 2)
    low.scatter_reduce_(0, index, boxes[:, :2], "amin", include_self=False)
    high.scatter_reduce_(0, index, boxes[:, 2:], "amax", include_self=False)
    return torch.cat([low, high], 1)


def _means(boxes: Tensor, scores: Tensor, group: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean box of each group, weighted by score, and the mean score."""
    weights = scores.clamp(min=LEAST)
    count = int(group.max()) + 1
    total = weights.new_zeros(count).index_add_(0, group, weights)
    boxes = boxes.new_zeros(count, 4).index_add_(0, group, boxes * weights[:, None])
    score = scores.new_zeros(count).index_add_(0, group, scores)
    return boxes / total[:, None], score / torch.bincount(group)
