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

from typing import NamedTuple

import numpy as np
import torch

from tinydet.boxes import Boxes
from tinydet.evaluation.protocol import Protocol
from tinydet.evaluation.ultrafast_backend import evaluate, open_databases, small_ids
from tinydet.slicing.matches import overlap
from tinydet.task_modules.distances import nwd

FOUND, BADLY_PLACED, CONFUSED, DOUBLE, BACKGROUND, BOTH, IGNORED = range(7)
KINDS = ("found", "badly placed", "confused", "double", "background", "both", "ignored")
MISSED = len(KINDS)  # of an object
POSITIVE, NEAR = 0.5, 0.1  # IoU
VERY_TINY, NEAR_NWD, CONSTANT = 8.0, 0.6, 12.8  # px, a number without unit, px
BLOCK = 1 << 20  # pairs compared at once


class Judged(NamedTuple):
    """``D`` detections and ``N`` objects of one evaluation.

    Attributes:
        detections: Those within the limit per image and class, with positions in the sorted ids
            of categories as class ids, and of images as image ids.
        kinds: ``(D,)`` positions in :data:`KINDS`.
        targets: ``(D,)`` the object that a detection found, or is near to; -1 for background.
        objects: Objects without crowds, likewise.
        areas: ``(N,)`` their ``area`` fields, px².
        rows: ``(N,)`` their positions in the list of annotations.
        states: ``(N,)`` FOUND, BADLY_PLACED, CONFUSED or MISSED.
    """

    detections: Boxes
    kinds: np.ndarray
    targets: np.ndarray
    objects: Boxes
    areas: np.ndarray
    rows: np.ndarray
    states: np.ndarray

    def above(self, thresholds: np.ndarray) -> Judged:
        """Return what is left of detections from a score on: ``(K,)`` thresholds, by class.

        The matches stay, because a detection is matched after those of a higher score.
        """
        kept = self.detections.scores >= thresholds[self.detections.class_ids]
        kinds, targets = self.kinds[kept], self.targets[kept]
        states = _states(kinds, targets, len(self.objects))
        return self._replace(
            detections=self.detections[kept], kinds=kinds, targets=targets, states=states
        )


def judge(truth: dict, detections: Boxes, protocol: Protocol, tiny: float = VERY_TINY) -> Judged:
    """Tell the kind of each detection and object.

    Args:
        truth: From :func:`tinydet.evaluation.ground_truth.read_ground_truth`, categories by id.
        detections: From :func:`tinydet.evaluation.detections.usable`.
        protocol: Gives the limit of detections per image and class.
        tiny: Size below which NWD counts beside IoU, px; 0 for TIDE's rules.
    """
    objects, areas, rows = _objects(truth)
    found, owners = _matches(truth, detections, protocol)
    places = np.full(len(truth["annotations"]) + 1, -1)
    places[rows + 1] = np.arange(len(rows))
    targets = places[owners]  # -1 for crowds too, and for none
    kinds = np.where(targets >= 0, FOUND, np.where(owners > 0, IGNORED, BOTH))
    taken = np.zeros(len(objects), bool)
    taken[targets[kinds == FOUND]] = True
    tiny_ones = np.sqrt(areas) < tiny
    number = len(truth["images"])
    left = np.flatnonzero(kinds == BOTH)
    pictures = zip(
        _by_image(objects.image_ids, number), _by_image(found.image_ids[left], number), strict=True
    )
    for near, unmatched in pictures:
        size = max(1, BLOCK // max(1, len(near)))
        for start in range(0, len(unmatched), size):
            part = left[unmatched[start : start + size]]
            kinds[part], target = _wrong(found[part], objects[near], taken[near], tiny_ones[near])
            targets[part] = np.append(near, -1)[target]
    return Judged(
        found, kinds, targets, objects, areas, rows, _states(kinds, targets, len(objects))
    )


def _by_image(ids: np.ndarray, number: int) -> list[np.ndarray]:
    """Return the positions of what belongs to each image."""
    order = np.argsort(ids, kind="stable")
    return np.split(order, np.searchsorted(ids[order], np.arange(1, number)))


def _wrong(
    found: Boxes, objects: Boxes, taken: np.ndarray, tiny: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``(D,)`` kinds of unmatched detections of an image, and their objects; -1 for none."""
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


def _states(kinds: np.ndarray, targets: np.ndarray, number: int) -> np.ndarray:
    """Return ``(N,)`` what became of each object; the best that a detection made of it counts."""
    states = np.full(number, MISSED)
    for kind in (BADLY_PLACED, CONFUSED, FOUND):  # a later one overwrites
        states[targets[kinds == kind]] = kind
    return states


def _matches(truth: dict, detections: Boxes, protocol: Protocol) -> tuple[Boxes, np.ndarray]:
    """Return the detections that count, and the number of the annotation of each, 0 for none.

    Annotations are counted from 1 in the order of the file, because their own ids may be any. As
    to the evaluator, one whose id is 0 is never matched.
    """
    known = {category["id"] for category in truth["categories"]}
    rows = [
        dict(ann, id=number if ann["id"] else 0)
        for number, ann in enumerate(truth["annotations"], start=1)
        if ann["category_id"] in known
    ]
    truth, detections = small_ids(dict(truth, annotations=rows), detections)
    ids, images = (sorted(item["id"] for item in truth[key]) for key in ("categories", "images"))
    half = protocol._replace(iou_thrs=np.array([POSITIVE]))
    evaluator = evaluate(open_databases(truth, detections), ids, half)
    found, _ = evaluator.per_instance(POSITIVE, "all")
    kept = detections[found["dt_id"] - 1]
    labels, pictures = (
        np.searchsorted(*pair) for pair in ((ids, kept.class_ids), (images, kept.image_ids))
    )
    boxes = Boxes(kept.coordinates, labels, kept.scores, pictures, kept.format)
    return boxes, np.where(found["iou"] > 0, found["gt_id"], 0)


def _objects(truth: dict) -> tuple[Boxes, np.ndarray, np.ndarray]:
    """Return the objects, their areas, and their positions in the list of annotations."""
    ids, images = (sorted(item["id"] for item in truth[key]) for key in ("categories", "images"))
    known = set(ids)
    rows = [
        place
        for place, ann in enumerate(truth["annotations"])
        if not ann.get("iscrowd") and ann["category_id"] in known
    ]
    chosen = [truth["annotations"][place] for place in rows]
    objects = Boxes(
        np.array([ann["bbox"] for ann in chosen], float).reshape(-1, 4),
        np.searchsorted(ids, np.array([ann["category_id"] for ann in chosen], np.int64)),
        image_ids=np.searchsorted(images, np.array([ann["image_id"] for ann in chosen], np.int64)),
        format="xywh",
    )
    return objects, np.array([ann["area"] for ann in chosen], float), np.array(rows, int)
