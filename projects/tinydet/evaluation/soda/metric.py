"""SODA's evaluation as a metric of mmengine, on whole pictures or on tiles that it merges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mmengine.logging import print_log

from tinydet.arguments import check_count, check_number
from tinydet.datasets.categories import match_categories, of_classes
from tinydet.errors import InputError
from tinydet.evaluation.backends import load_backend
from tinydet.evaluation.detections import from_images, write_results
from tinydet.evaluation.ground_truth import densest_image, read_ground_truth
from tinydet.evaluation.image_metric import ImageMetric
from tinydet.evaluation.soda.evaluator import LIMITS, evaluate_read, names_of_summary
from tinydet.evaluation.soda.table import result_table
from tinydet.evaluation.soda.tiles import merge_tiles, places_of
from tinydet.registry import METRICS

CLASS_METRICS = ("AP", "AP_50")


@METRICS.register_module()
class SODAMetric(ImageMetric):
    """AP and AR by SODA's protocol; see :mod:`tinydet.evaluation.soda.evaluator`.

    Args:
        ann_file: COCO JSON of the images of the data set.
        whole_ann_file: COCO JSON of the pictures that these images are tiles of: the detections
            are merged (:mod:`tinydet.evaluation.soda.tiles`) and evaluated on the pictures. None
            evaluates the images themselves.
        merge_iou_thr: IoU from which the merging suppresses a box of the same class.
        max_dets: Limits of detections per image and class; AP is taken at the first.
        classwise: Also print a row per class and return ``<class>_AP`` and ``<class>_AP_50``.
        max_per_img: Number of detections that the detector keeps per image. A warning is given if
            an image has more objects. None takes the number from the model of the run.
        out_file: File to which the detections that are evaluated are written as COCO results.
        collect_device: ``cpu`` or ``gpu``.
        prefix: Prefix of the names of the metrics, as in ``save_best="soda/AP"``.

    Raises:
        InputError: An argument is invalid; it would otherwise fail only after the last image.
    """

    default_prefix = "soda"

    def __init__(
        self,
        ann_file: str,
        whole_ann_file: str | None = None,
        merge_iou_thr: float = 0.5,
        max_dets: Sequence[int] = LIMITS,
        classwise: bool = True,
        max_per_img: int | None = None,
        out_file: str | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(max_per_img, collect_device, prefix)
        try:
            check_number(self, "merge_iou_thr", merge_iou_thr, "(0, 1]")
            self.max_dets = [check_count(self, "max_dets", limit) for limit in max_dets]
        except ValueError as error:
            raise InputError(str(error)) from None
        if not self.max_dets:
            raise InputError("SODAMetric: max_dets is empty; give limits such as (100, 300, 1000)")
        self.match = load_backend("ultrafast")
        self.ann_file = ann_file
        self.whole_ann_file = whole_ann_file
        self.merge_iou_thr = merge_iou_thr
        self.classwise = classwise
        self.out_file = out_file

    def names(self, classes: Sequence[str]) -> list[str]:
        """Return the names of the metrics that :meth:`compute_metrics` returns."""
        per_class = [f"{name}_{key}" for name in classes for key in CLASS_METRICS]
        return [*names_of_summary(self.max_dets), *(per_class if self.classwise else ())]

    def ground_truth(self) -> tuple[dict, dict, np.ndarray]:
        """Return the data set's annotations, those to evaluate, and the category id of each label.

        Raises:
            InputError: A file cannot be evaluated, lacks a class of the data set, or lists the
                classes in another order; or a tile does not say where it was cut.
        """
        images, labels = self._read(self.ann_file)
        if self.whole_ann_file is None:
            return images, images, labels
        whole, labels = self._read(self.whole_ann_file)
        places_of(images["images"], whole["images"], self.ann_file)
        return images, whole, labels

    def _read(self, path: str) -> tuple[dict, np.ndarray]:
        """Return a file reduced to the classes of the data set, and their category ids."""
        truth = read_ground_truth(path)
        classes = (self.dataset_meta or {}).get("classes")
        labels = match_categories(truth["categories"], classes, path)
        return of_classes(truth, labels.values())[0], np.array(list(labels.values()), np.int64)

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Evaluate the images of all processes.

        Raises:
            InputError: See :meth:`ground_truth` and :meth:`by_image`.
        """
        images, truth, labels = self.ground_truth()
        found = self.by_image(results, [image["id"] for image in images["images"]], self.ann_file)
        if self.whole_ann_file is not None:
            places = places_of(images["images"], truth["images"], self.ann_file)
            pictures = [image["id"] for image in truth["images"]]
            found = merge_tiles(found, places, pictures, self.merge_iou_thr)
        detections = from_images(found, labels)
        if self.out_file:
            write_results(detections, self.out_file)
        result = evaluate_read(truth, detections, self.match, self.max_dets)
        print_log("\n" + result_table(result, self.classwise), "current")
        self.warn_of_limit(min(densest_image(images["annotations"]), min(self.max_dets)))
        numbers = dict(result.summary)
        for name, values in result.per_class.items() if self.classwise else ():
            numbers |= {f"{name}_{key}": values[key] for key in CLASS_METRICS}
        return numbers
