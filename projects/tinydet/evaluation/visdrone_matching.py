"""Match the detections of one image to its objects, at all IoU thresholds at once.

Protocol: VisDrone2019-DET, MATLAB toolkit 1.0.4, which follows Dollár's. Ours is the same matching
over the few pairs that overlap enough: what ten thresholds and four limits decide about a
detection are the bits of an integer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinydet.evaluation.visdrone_rows import Rows

# 0.5:0.05:0.95 as the toolkit's loop makes it: start plus steps, so that the eighth value is
# 0.8500000000000001, and an overlap of exactly 0.85 does not reach it.
THRESHOLDS = 0.5 + 0.05 * np.arange(10)
MAX_DETS = (1, 10, 100, 500)  # an image, all classes together, in the order of the file


class Matches(NamedTuple):
    """What became of ``D`` detections, in the order of the file.

    ``hits`` is ``(M, D)`` for ``M`` limits and ``neutral`` ``(D,)``: integers whose bit ``t``
    belongs to threshold ``t``. The first are true positives; the second overlap an ignored object
    enough, which makes them no false positive.
    """

    hits: np.ndarray
    neutral: np.ndarray


def overlaps(found: np.ndarray, objects: np.ndarray, ignored: np.ndarray) -> np.ndarray:
    """Return ``(D, G)`` IoU; with an ignored object, the share of the detection that is on it.

    Args:
        found: ``(D, 4)`` left, top, width and height, pixels.
        objects: ``(G, 4)`` the same.
        ignored: ``(G,)`` booleans.
    """
    start = np.maximum(found[:, None, :2], objects[:, :2])
    end = np.minimum((found[:, :2] + found[:, 2:])[:, None], objects[:, :2] + objects[:, 2:])
    inside = (end - start).clip(0).prod(-1)
    area = found[:, 2:].prod(-1)[:, None]
    union = np.where(ignored, area, area + objects[:, 2:].prod(-1) - inside)
    return np.divide(inside, union, out=np.zeros_like(inside), where=inside > 0)


def match(found: Rows, truth: Rows) -> Matches:
    """Match in descending score: each detection takes the best object of its class still free.

    Equal scores resolve by the order of the file, equal overlaps by the last object. A detection
    that finds none free and overlaps an ignored object enough is neutral; any number may.

    Args:
        found: Detections in the order of the file, at most ``MAX_DETS[-1]``.
        truth: Objects that are left of the ground truth; those of score 0 are ignored.
    """
    ignored = truth.scores == 0
    overlap = overlaps(found.boxes, truth.boxes, ignored)
    enough = (overlap >= THRESHOLDS[0]) & (found.categories[:, None] == truth.categories)
    row, column = np.nonzero(enough)
    value = overlap[row, column]
    rank = np.argsort(np.argsort(-found.scores, kind="stable"))
    order = np.lexsort((-column, -value, rank[row]))
    row, column, value = row[order], column[order], value[order]
    # The thresholds that an overlap reaches are the first ones, so the lowest bits.
    bits = (1 << np.searchsorted(THRESHOLDS, value, side="right")) - 1

    neutral = np.zeros(len(found), np.int64)
    on_ignored = ignored[column]
    np.bitwise_or.at(neutral, row[on_ignored], bits[on_ignored])
    pairs = np.stack([row, column, bits])[:, ~on_ignored]
    hits = np.stack(
        [_take(pairs[:, pairs[0] < limit], len(found), len(truth)) for limit in MAX_DETS]
    )
    return Matches(hits, neutral)


def _take(pairs: np.ndarray, num_found: int, num_objects: int) -> np.ndarray:
    """Go through pairs, best first, and return the bits of the true positives.

    Args:
        pairs: ``(3, P)`` detection, object and the bits of the thresholds they reach.
        num_found: ``D``.
        num_objects: ``G``.
    """
    taken, hits = [0] * num_objects, [0] * num_found
    for detection, target, bits in pairs.T.tolist():
        new = bits & ~taken[target] & ~hits[detection]
        taken[target] |= new
        hits[detection] |= new
    return np.array(hits, np.int64)
