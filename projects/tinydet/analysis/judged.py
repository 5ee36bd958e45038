"""Detections and objects with their kinds, see :mod:`tinydet.analysis.error_kinds`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinydet.analysis.error_kinds import (
    BOTH,
    FOUND,
    IGNORED,
    POSITIVE,
    VERY_TINY,
    states_of,
    unmatched_kinds,
)
from tinydet.boxes import Boxes
from tinydet.evaluation.protocol import Protocol
from tinydet.evaluation.ultrafast_backend import evaluate, open_databases, small_ids

BLOCK = 1 << 20  # pairs compared at once


class Judged(NamedTuple):
    """``D`` detections and ``N`` objects of one evaluation.

    Attributes:
        detections: Those within the limit per image and class, with positions in the sorted ids
            of categories as class ids, and of images as image ids.
        kinds: ``(D,)`` positions in :data:`KINDS`.
        targets: ``(D,)`` the object that a detection found, or is at; -1 for background
            and ignored.
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
        states = states_of(kinds, targets, len(self.objects))
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
    tiny_ones = areas < tiny**2
    number = len(truth["images"])
    left = np.flatnonzero(kinds == BOTH)
    pictures = zip(
        _by_image(objects.image_ids, number), _by_image(found.image_ids[left], number), strict=True
    )
    for near, unmatched in pictures:
        size = max(1, BLOCK // max(1, len(near)))
        for start in range(0, len(unmatched), size):
            part = left[unmatched[start : start + size]]
            kinds[part], target = unmatched_kinds(
                found[part], objects[near], taken[near], tiny_ones[near]
            )
            targets[part] = np.append(near, -1)[target]
    return Judged(
        found, kinds, targets, objects, areas, rows, states_of(kinds, targets, len(objects))
    )


def _by_image(ids: np.ndarray, number: int) -> list[np.ndarray]:
    """Return the positions of what belongs to each image."""
    order = np.argsort(ids, kind="stable")
    return np.split(order, np.searchsorted(ids[order], np.arange(1, number)))


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
