"""Match by faster-coco-eval, which is written in C++.

The library is made for a JSON file and for AP alone. Here it is fed from arrays, without its two
databases, and matches a second time at one threshold for oLRP, on boxes and IoUs that it has.
Both rest on names of version 1.8.0, the pinned one, that it does not document.
"""

from __future__ import annotations

import numpy as np
from faster_coco_eval import COCOeval_faster

from tinydet.evaluation.detections import Detections
from tinydet.evaluation.protocol import ClassResult, Protocol


class ClassEvaluator(COCOeval_faster):
    """The library's evaluator for one class, fed once and run for several protocols.

    Args:
        truth: COCO dictionary with one category.
        detections: Those of the category.
    """

    def __init__(self, truth: dict, detections: Detections) -> None:
        super().__init__(iouType="bbox", print_function=lambda *_: None)
        # Numbered anew: the library holds ids as doubles, where 2**53 + 1 is 2**53.
        ids = sorted(image["id"] for image in truth["images"])
        self._numbers = {image_id: number for number, image_id in enumerate(ids, start=1)}
        self.params.imgIds = list(self._numbers.values())
        self.params.catIds = [truth["categories"][0]["id"]]
        images_of_truth = self._feed(self.gt_dataset, *_truth_rows(truth["annotations"]))
        images_of_detections = self._feed(self.dt_dataset, *_detection_rows(detections))
        self._nonempty_iou_pairs = {
            (image_id, self.params.catIds[0]) for image_id in images_of_truth & images_of_detections
        }
        self._known_ious: dict[tuple[int, int], np.ndarray] = {}

    def _feed(self, dataset: object, image_ids: list[int], rows: list[dict]) -> set[int]:
        category_id = self.params.catIds[0]
        numbers = [self._numbers[image_id] for image_id in image_ids]
        for number, row in zip(numbers, rows, strict=True):
            dataset.append_ref(number, category_id, row)
        return set(numbers)

    def _prepare(self) -> None:
        """Keep the boxes; the library would read them again from its databases."""

    def computeIoU(self, imgId: int, catId: int) -> np.ndarray:  # noqa: N802, N803
        if (imgId, catId) not in self._known_ious:
            self._known_ious[imgId, catId] = super().computeIoU(imgId, catId)
        return self._known_ious[imgId, catId]

    def measure(self, protocol: Protocol) -> dict:
        """Match and accumulate; all protocols of an evaluator share their last limit."""
        self.params.iouThrs = protocol.iou_thrs
        self.params.areaRng = protocol.area_ranges
        self.params.areaRngLbl = [str(index) for index in range(len(protocol.area_ranges))]
        self.params.maxDets = list(protocol.max_dets)
        self.evaluate()
        return self.eval


def _truth_rows(annotations: list[dict]) -> tuple[list[int], list[dict]]:
    """Return image ids and the library's rows, numbered from 1.

    The library reads an id as unsigned, and 0 as "not matched". An annotation of id 0 keeps it,
    because the official code fails to match it as well.
    """
    rows = []
    for number, ann in enumerate(annotations, start=1):
        crowd = int(ann.get("iscrowd", 0))
        rows.append(
            dict(
                id=number if ann["id"] else 0,
                bbox=ann["bbox"],
                area=ann["area"],
                iscrowd=crowd,
                ignore=crowd,  # and nothing else: ``ignore`` of the file does nothing
            )
        )
    return [ann["image_id"] for ann in annotations], rows


def _detection_rows(detections: Detections) -> tuple[list[int], list[dict]]:
    """Return image ids and the library's rows, numbered from 1."""
    areas = detections.boxes[:, 2] * detections.boxes[:, 3]
    columns = (detections.boxes.tolist(), areas.tolist(), detections.scores.tolist())
    rows = [
        dict(id=number, bbox=box, area=area, score=score)
        for number, (box, area, score) in enumerate(zip(*columns, strict=True), start=1)
    ]
    return detections.image_ids.tolist(), rows


def match_class(truth: dict, detections: Detections, protocol: Protocol) -> ClassResult:
    """Match one class; see :data:`tinydet.evaluation.backends.Backend`."""
    evaluator = ClassEvaluator(truth, detections)
    curves = evaluator.measure(protocol)
    ious = hits(evaluator, truth, detections, protocol)
    order = by_score(detections, protocol.max_dets[-1])
    order = order[~np.isneginf(ious[order])]
    return ClassResult(
        np.asarray(curves["precision"])[:, :, 0],
        np.asarray(curves["recall"])[:, 0],
        detections.scores[order],
        ious[order],
    )


def hits(
    evaluator: ClassEvaluator, truth: dict, detections: Detections, protocol: Protocol
) -> np.ndarray:
    """Return ``(D,)`` IoU with the matched object; NaN: false positive; -inf: does not count."""
    low, high = protocol.area_ranges[0]
    areas = detections.boxes[:, 2] * detections.boxes[:, 3]
    # A negative w * h lies outside "all", where only a match counts.
    ious = np.where((areas < low) | (areas > high), -np.inf, np.nan)
    counts = [
        low <= ann["area"] <= high and not ann.get("iscrowd", 0) for ann in truth["annotations"]
    ]
    for pair, iou in evaluator.measure(protocol.first())["matched"].items():
        detection, target = map(int, pair.split("_"))
        if target:
            ious[detection - 1] = iou if counts[target - 1] else -np.inf
    return ious


def by_score(detections: Detections, limit: int) -> np.ndarray:
    """Return indices in descending score, at most ``limit`` an image.

    Equal scores resolve by image id, and within an image by the order of the detections.
    """
    order = np.lexsort((-detections.scores, detections.image_ids))  # lexsort is stable
    images = detections.image_ids[order]
    rank = np.arange(len(order)) - np.searchsorted(images, images)  # the first of an image is 0
    order = order[rank < limit]
    return order[np.argsort(-detections.scores[order], kind="stable")]
