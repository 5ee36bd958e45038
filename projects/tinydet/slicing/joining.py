"""The boxes of a picture from those of its tiles: what an edge cuts goes or is joined, then merged.

An object that lies across an edge is found whole by one tile and cut by another, or, where it is
larger than the overlap, in pieces by all of them.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from tinydet.errors import InputError, did_you_mean
from tinydet.slicing.geometry import CLOSE, touching
from tinydet.slicing.matches import Matches, overlap
from tinydet.slicing.merging import hulls, merge

BORDERS = ("keep", "drop_cut", "join")
SAME = 0.5  # IoU, within the tile that cuts, above which a whole box shows the object of a cut one
SURE = 0.5  # of the cut box's score: what a whole box has to have at least
AGREE = 0.2  # IoU, across the seam, above which pieces may belong together


def check_border(border: str) -> None:
    """Raise :class:`InputError` where a config's ``border`` is none of :data:`BORDERS`."""
    if border not in BORDERS:
        near = did_you_mean(str(border), BORDERS)
        raise InputError(f"border={border!r}{near}; write one of {', '.join(BORDERS)}")


def join(
    boxes: Tensor,
    scores: Tensor,
    labels: Tensor,
    tile: Tensor,
    tiles: np.ndarray,
    picture: tuple[int, int],
    border: str = "join",
    **merging: str | float | bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the objects of a picture; the order of boxes and tiles does not matter.

    ``keep``: boxes are merged as they are.
    ``drop_cut``: a box that an inner edge of its tile cuts goes where an uncut one, of at least
    half its score, shows the same within that tile; then boxes are merged.
    ``join``: the pieces that are left are joined before, each with the one beyond an edge whose
    extent along the edge agrees best with its own, if that is mutual.

    Args:
        boxes: ``(N, 4)`` as x1, y1, x2, y2, px of the picture, on the CPU.
        scores: ``(N,)``.
        labels: ``(N,)``.
        tile: ``(N,)`` of which tile each box is.
        tiles: ``(T, 4)`` px; of different sizes where there are several scales.
        picture: Height and width, px.
        border: See above.
        **merging: ``method``, ``metric``, ``threshold``, ``class_agnostic`` of
            :func:`tinydet.slicing.merging.merge`.

    Returns:
        Boxes, scores and labels, best first.

    Raises:
        InputError: An argument is none of those possible.
    """
    check_border(border)
    own = np.asarray(tiles)[tile].reshape(-1, 4)
    # Of equal scores the place decides, and not the tile that comes first.
    order = np.lexsort((*own.T, labels, *boxes.T.flip(0), -scores))
    boxes, scores, labels, own = boxes[order].double(), scores[order], labels[order], own[order]
    if border != "keep" and len(boxes):
        kinds = torch.zeros_like(labels) if merging.get("class_agnostic") else labels
        edges = touching(boxes.numpy(), own, picture)
        keep = np.flatnonzero(~seen_whole(boxes, scores, kinds, own, edges.any(1)))
        boxes, scores, labels, kinds = (part[keep] for part in (boxes, scores, labels, kinds))
        own, edges = own[keep], edges[keep]
        if border == "join":
            group = torch.from_numpy(pieces(boxes, kinds, own, edges)).long()
            cut = _still_cut(boxes, group, edges)
            first = np.unique(group, return_index=True)[1]  # the best of a group
            boxes, own = hulls(boxes, group), hulls(torch.from_numpy(own).double(), group).numpy()
            scores, labels, kinds = scores[first], labels[first], kinds[first]
            # A third tile may have cut an object's end: no piece of what is joined, but seen whole.
            keep = np.flatnonzero(~seen_whole(boxes, scores, kinds, own, cut))
            boxes, scores, labels = boxes[keep], scores[keep], labels[keep]
    return merge(boxes, scores, labels, **merging)[:3]


def seen_whole(
    boxes: Tensor, scores: Tensor, labels: Tensor, tiles: np.ndarray, cut: np.ndarray
) -> np.ndarray:
    """Tell which of the cut boxes show an object that an uncut box shows whole, ``(N,)`` bools.

    A small object inside a large one stays: the large one, clipped to the tile, is no small box.

    Args:
        boxes: ``(N, 4)`` px.
        scores: ``(N,)``.
        labels: ``(N,)``.
        tiles: ``(N, 4)`` the tile of each.
        cut: ``(N,)`` whether an inner edge of the tile cuts it.
    """
    order = torch.from_numpy(np.argsort(cut, kind="stable"))  # uncut ones first
    uncut = len(cut) - int(cut.sum())
    # A clipped box that has some IoU with a cut one covers as much of it.
    near = Matches(boxes[order], labels[order], "ios", SAME)
    index = torch.arange(len(cut))
    gone = np.zeros(len(cut), bool)
    for i, j in near.pairs(index[:uncut], near.rows(index[uncut:])):
        whole, part = order[i], order[j]
        place = torch.from_numpy(tiles)[part].double()
        sure = scores[whole] >= SURE * scores[part]
        same = overlap(_clipped(boxes[whole], place), _clipped(boxes[part], place), "iou") > SAME
        gone[part[same & sure]] = True
    return gone


def _clipped(boxes: Tensor, tiles: Tensor) -> Tensor:
    low = torch.maximum(boxes[:, :2], tiles[:, :2])
    return torch.cat([low, torch.minimum(boxes[:, 2:], tiles[:, 2:])], 1)


def _still_cut(boxes: Tensor, group: Tensor, edges: np.ndarray) -> np.ndarray:
    """Tell which hulls have a side that every piece lying on it was cut at, ``(K,)``."""
    hull = hulls(boxes, group)
    free = ((boxes - hull[group]).abs() <= CLOSE).numpy() & ~edges
    ends = np.zeros((len(hull), 4), bool)
    np.logical_or.at(ends, group.numpy(), free)
    return ~ends.all(1)


def pieces(boxes: Tensor, labels: Tensor, tiles: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Number the objects that boxes are pieces of, ``(N,)``; a whole box is one by itself.

    Args:
        boxes: ``(N, 4)`` px.
        labels: ``(N,)``.
        tiles: ``(N, 4)`` the tile of each.
        edges: ``(N, 4)`` which of its sides lie on an inner edge.
    """
    cut = torch.from_numpy(np.flatnonzero(edges.any(1)))
    grown = boxes + CLOSE * boxes.new_tensor([-1, -1, 1, 1])  # tiles that touch share no pixel
    near = Matches(grown, labels, "ios", 0.0)
    found = [torch.stack(pair) for pair in near.pairs(cut, near.rows(cut))]
    i, j = torch.cat(found, 1).numpy() if found else np.zeros((2, 0), int)
    first, second = np.concatenate([i, j]), np.concatenate([j, i])
    links = [
        _mutual(first[fit > AGREE], second[fit > AGREE], fit[fit > AGREE])
        for axis in (0, 1)
        for fit in [_agreement(boxes.numpy(), tiles, edges, first, second, axis)]
    ]
    i, j = np.concatenate(links, 1)
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(boxes), len(boxes)))
    return connected_components(graph, directed=False)[1]


def _agreement(
    boxes: np.ndarray,
    tiles: np.ndarray,
    edges: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    axis: int,
) -> np.ndarray:
    """Return the IoU along the seam of pairs of pieces; 0 of those that do not meet at one.

    They meet where j's tile is the next one along the axis, and both cover what the tiles share.
    """
    start, end, low, high = axis, axis + 2, 1 - axis, 3 - axis
    before, after = tiles[i], tiles[j]
    meet = edges[i, end] & edges[j, start]
    meet &= (before[:, [low, high]] == after[:, [low, high]]).all(1)  # of one row of one grid
    spans = np.stack([tiles[:, end] - tiles[:, start], tiles[:, start]], 1)
    rank = np.unique(spans, axis=0, return_inverse=True)[1].ravel()
    meet &= (spans[i, 0] == spans[j, 0]) & (rank[j] == rank[i] + 1)
    meet &= after[:, start] <= before[:, end]
    meet &= boxes[i, start] <= after[:, start] + CLOSE
    meet &= boxes[j, end] >= before[:, end] - CLOSE
    shared = np.minimum(boxes[i, high], boxes[j, high]) - np.maximum(boxes[i, low], boxes[j, low])
    both = np.maximum(boxes[i, high], boxes[j, high]) - np.minimum(boxes[i, low], boxes[j, low])
    return np.where(meet & (both > 0), shared / np.maximum(both, 1e-9), 0)


def _mutual(i: np.ndarray, j: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """Return the pairs ``(2, P)`` that are best for both; of equal ones the better-scored."""
    by_fit = np.lexsort((j, i, -fit))
    i, j = i[by_fit], j[by_fit]
    best = np.zeros((2, len(i)), bool)
    best[0, np.unique(i, return_index=True)[1]] = True
    best[1, np.unique(j, return_index=True)[1]] = True
    return np.stack([i, j])[:, best.all(0)]
