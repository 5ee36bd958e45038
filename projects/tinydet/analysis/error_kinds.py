"""Why each detection is right or wrong, and why each object is not found: TIDE's kinds.

Paper: TIDE: A General Toolbox for Identifying Object Detection Errors, arXiv:2008.08115,
section 2.2. "Found" is the evaluator's match at an IoU of 0.5, so that the kinds explain its AP.
Another detection is, by the first rule that fits, with IoUs to the objects of its image:

1. badly placed: the largest IoU with an object of its class is at least 0.1 and below 0.5;
2. confused: its IoU with an object of another class is at least 0.5;
3. double: its IoU with an object of its class, which a better detection found, is at least 0.5;
4. background: its IoU with each object is below 0.1;
5. both, otherwise: badly placed at an object of another class.

An object is missed if no detection found it, and none is badly placed or confused at it.

Ours: for an object under 8 px, an NWD of 0.6 counts as an IoU of 0.1 does. A shift of 3 px leaves a
box of 8 px an IoU of 0.45, one of 4 px 0.14 and one of 3 px none, so that by IoU alone, what is
badly placed at such objects would be "background". With AI-TOD's C of 12.8 px, an NWD of 0.6 means
centers within 6.5 px of each other for equal shapes. For 8 px this is where the IoU is 0.1, so that
the rule has no step there.

tidecv and hotcoco were considered: both know IoU alone and give sums, not the kind of each
detection, which a picture needs; hotcoco's agree with ours where no object is under 8 px.
"""

from __future__ import annotations

import numpy as np
import torch

from tinydet.boxes import Boxes
from tinydet.slicing.matches import overlap
from tinydet.task_modules.distances import nwd

FOUND, BADLY_PLACED, CONFUSED, DOUBLE, BACKGROUND, BOTH, IGNORED = range(7)
KINDS = ("found", "badly placed", "confused", "double", "background", "both", "ignored")
MISSED = len(KINDS)  # of an object
POSITIVE, NEAR = 0.5, 0.1  # IoU
VERY_TINY, NEAR_NWD, CONSTANT = 8.0, 0.6, 12.8  # px, a number without unit, px


def unmatched_kinds(
    found: Boxes, objects: Boxes, taken: np.ndarray, tiny: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the detections of an image are that found no object.

    Args:
        found: ``D`` detections.
        objects: ``N`` objects of the image, of all classes.
        taken: ``(N,)`` whether an object is found.
        tiny: ``(N,)`` whether NWD counts beside IoU.

    Returns:
        ``(D,)`` kinds and ``(D,)`` the objects that the detections are at, -1 for background.
    """
    if not len(objects):
        return np.full(len(found), BACKGROUND), np.full(len(found), -1)
    boxes, truths = (torch.from_numpy(part.xyxy.astype(float)) for part in (found, objects))
    iou = overlap(boxes[:, None], truths[None], "iou").numpy()  # (D, N)
    close = nwd(boxes[:, None], truths[None], CONSTANT).numpy()
    near = (iou >= NEAR) | (tiny & (close >= NEAR_NWD))
    rank = np.where(iou > 0, 1 + iou, close) + 2 * near  # NWD decides where boxes do not overlap
    same = found.class_ids[:, None] == objects.class_ids
    row = np.arange(len(found))
    own, other, used, any_class = (
        np.where(allowed, rank, -1).argmax(1) for allowed in (same, ~same, same & taken, True)
    )
    placed = (same & near & (iou < POSITIVE))[row, own]
    confused = (~same & (iou >= POSITIVE))[row, other]
    double = (same & taken & (iou >= POSITIVE))[row, used]
    background = ~near.any(1)
    rules = [placed, confused, double, background]
    kinds = np.select(rules, [BADLY_PLACED, CONFUSED, DOUBLE, BACKGROUND], BOTH)
    return kinds, np.select(rules, [own, other, used, np.full(len(row), -1)], any_class)


def states_of(kinds: np.ndarray, targets: np.ndarray, number: int) -> np.ndarray:
    """Return ``(N,)`` what became of each object: the best that a detection made of it.

    Args:
        kinds: ``(D,)`` of the detections.
        targets: ``(D,)`` objects that they are at.
        number: ``N``.
    """
    states = np.full(number, MISSED)
    for kind in (BADLY_PLACED, CONFUSED, FOUND):  # a later one overwrites
        states[targets[kinds == kind]] = kind
    return states
