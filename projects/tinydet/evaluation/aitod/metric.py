"""AI-TOD's evaluation as a metric of mmengine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from mmengine.logging import print_log

from tinydet.datasets.annotations import read_coco
from tinydet.datasets.categories import match_categories, of_classes
from tinydet.errors import InputError
from tinydet.evaluation.aitod import AITODResult, evaluate_read
from tinydet.evaluation.aitod.summary import names_of_summary
from tinydet.evaluation.aitod.table import result_table
from tinydet.evaluation.backends import load_backend
from tinydet.evaluation.detections import from_images, write_results
from tinydet.evaluation.ground_truth import read_ground_truth
from tinydet.evaluation.image_metric import ImageMetric
from tinydet.evaluation.protocol import MAX_DETS, Protocol
from tinydet.registry import METRICS

CLASS_METRICS = ("AP", "AP_50", "oLRP")  # per class in the log; the table has more


@METRICS.register_module()
class AITODMetric(ImageMetric):
    """AP, AR and oLRP by AI-TOD's protocol; see :mod:`tinydet.evaluation.aitod`.

    Args:
        ann_file: COCO JSON of the images to evaluate.
        max_dets: Limits of detections per image and class.
        backend: ``ultrafast``, ``pycocotools`` or ``aitodpycocotools``.
        area_ranges: ``{name: (low, high)}`` in px², both ends inclusive, that replace AI-TOD's
            four ranges: ``dict(small=(0, 256), large=(256, 1e10))`` gives ``AP_small`` and
            ``AP_large``.
        classwise: Also print a row per class and return ``<class>_AP``, ``_AP_50`` and ``_oLRP``.
        max_per_img: Number of detections that the detector keeps per image. A warning is given if
            an image has more objects. None takes the number from the model of the run.
        out_file: File to which the detections are written as COCO results.
        format_only: Write ``out_file`` without an evaluation, for images without ground truth.
        collect_device: ``cpu`` or ``gpu``.
        prefix: Prefix of the names of the metrics, as in ``save_best="aitod/AP"``.

    Raises:
        InputError: An argument is invalid; it would otherwise fail only after the last image.
    """

    default_prefix = "aitod"

    def __init__(
        self,
        ann_file: str,
        max_dets: Sequence[int] = MAX_DETS,
        backend: str = "ultrafast",
        area_ranges: Mapping[str, Sequence[float]] | None = None,
        classwise: bool = True,
        max_per_img: int | None = None,
        out_file: str | None = None,
        format_only: bool = False,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(max_per_img, collect_device, prefix)
        self.match = load_backend(backend)
        self.protocol = Protocol.of(max_dets, area_ranges=area_ranges)
        if format_only and not out_file:
            raise InputError("AITODMetric: format_only=True needs out_file, the JSON to write")
        self.ann_file = ann_file
        self.classwise = classwise
        self.out_file = out_file
        self.format_only = format_only

    def names(self, classes: Sequence[str]) -> list[str]:
        """Return the names of the metrics that :meth:`compute_metrics` returns."""
        per_class = [f"{name}_{key}" for name in classes for key in CLASS_METRICS]
        return [*names_of_summary(self.protocol), *(per_class if self.classwise else ())]

    def ground_truth(self) -> tuple[dict, dict[str, int]]:
        """Return the annotation file, reduced to the classes of the data set, and its category ids.

        Returns:
            The COCO dictionary, and ``{class name: category id}`` in the order of the labels.

        Raises:
            InputError: The file cannot be evaluated, lacks a class of the data set, or lists the
                classes in another order.
        """
        truth = read_coco(self.ann_file) if self.format_only else read_ground_truth(self.ann_file)
        classes = (self.dataset_meta or {}).get("classes")
        labels = match_categories(truth["categories"], classes, self.ann_file)
        return of_classes(truth, labels.values())[0], labels

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Evaluate the images of all processes.

        Raises:
            InputError: See :meth:`ground_truth` and :meth:`by_image`.
        """
        truth, labels = self.ground_truth()
        by_image = self.by_image(results, [image["id"] for image in truth["images"]], self.ann_file)
        detections = from_images(by_image, np.array(list(labels.values()), np.int64))
        if self.out_file:
            write_results(detections, self.out_file)
        if self.format_only:
            return {}
        result = evaluate_read(truth, detections, self.protocol, self.match)
        print_log("\n" + result_table(result, self.classwise), "current")
        self.warn_of_limit(result.densest)
        return result.summary | (_of_classes(result) if self.classwise else {})


def _of_classes(result: AITODResult) -> dict[str, float]:
    return {
        f"{name}_{key}": values[key]
        for name, values in result.per_class.items()
        for key in CLASS_METRICS
    }
