"""AI-TOD's evaluation as a metric of mmengine."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from tinydet.datasets.annotations import read_coco, some
from tinydet.datasets.categories import match_categories
from tinydet.errors import InputError
from tinydet.evaluation.aitod import Result, evaluate_detailed
from tinydet.evaluation.backends import load_backend
from tinydet.evaluation.detections import from_images, write_results
from tinydet.evaluation.protocol import IOU_THRS, MAX_DETS, Protocol
from tinydet.evaluation.table import result_table
from tinydet.registry import METRICS


@METRICS.register_module()
class AITODMetric(BaseMetric):
    """AP, AR and oLRP by AI-TOD's protocol; see :mod:`tinydet.evaluation.aitod`.

    Args:
        ann_file: COCO JSON of the images that are evaluated.
        max_dets: Limits of detections per image and class.
        backend: ``faster``, ``pycocotools`` or ``aitodpycocotools``.
        classwise: Also print a row a class.
        max_per_img: How many detections the detector keeps an image; when an image has more
            objects a warning says so. The tools fill it in from ``model.test_cfg``.
        out_file: Where to write the detections as COCO results JSON.
        format_only: Write ``out_file`` and evaluate nothing, for images without ground truth.
        collect_device: ``cpu`` or ``gpu``.
        prefix: Of the names of the numbers; ``save_best="aitod/AP"`` refers to it.

    Raises:
        InputError: An argument that could only fail after the last image.
    """

    default_prefix = "aitod"

    def __init__(
        self,
        ann_file: str,
        max_dets: Sequence[int] = MAX_DETS,
        backend: str = "faster",
        classwise: bool = True,
        max_per_img: int | None = None,
        out_file: str | None = None,
        format_only: bool = False,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        load_backend(backend)
        Protocol.of(max_dets, IOU_THRS)
        if format_only and not out_file:
            raise InputError("AITODMetric: format_only=True needs out_file, the JSON to write")
        self.ann_file = ann_file
        self.max_dets = tuple(max_dets)
        self.backend = backend
        self.classwise = classwise
        self.max_per_img = max_per_img
        self.out_file = out_file
        self.format_only = format_only

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep ``(image id, boxes xyxy, scores, labels)`` of each image as float64 on the CPU."""
        for sample in data_samples:
            found = sample["pred_instances"]
            # Before widths are taken and before NumPy, which has no bfloat16.
            arrays = (found[key].detach().cpu().double() for key in ("bboxes", "scores", "labels"))
            self.results.append((sample["img_id"], *(array.numpy() for array in arrays)))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Evaluate the images of all processes.

        Raises:
            InputError: The classes of the data set and of the file differ, or stand in another
                order; an image of the file has no result, or a result no image.
        """
        truth = read_coco(self.ann_file)
        classes = (self.dataset_meta or {}).get("classes")
        labels = match_categories(truth["categories"], classes, self.ann_file)
        # A sampler pads the last round of several processes with images that were done already.
        by_image = {image_id: arrays for image_id, *arrays in reversed(results)}
        self._check_images({image["id"] for image in truth["images"]}, by_image)
        detections = from_images(by_image, np.array(list(labels.values()), np.int64))
        if self.out_file:
            write_results(detections, self.out_file)
        if self.format_only:
            return {}
        result = evaluate_detailed(truth, detections, self.max_dets, backend=self.backend)
        print_log("\n" + result_table(result, self.classwise), "current")
        self._warn_of_limit(result)
        return result.summary

    def _check_images(self, known: set[int], by_image: Mapping) -> None:
        for ids, what in (
            (known - by_image.keys(), "have no result"),
            (by_image.keys() - known, "have a result and are not in it"),
        ):
            if ids:
                raise InputError(
                    f"{len(ids)} images of {self.ann_file} {what} (image ids {some(sorted(ids))}); "
                    "give the evaluator the ann_file of its dataloader"
                )

    def _warn_of_limit(self, result: Result) -> None:
        if self.max_per_img is not None and self.max_per_img < result.densest:
            print_log(
                f"test_cfg.max_per_img={self.max_per_img} is below the {result.densest} objects of "
                "the densest image: recall is capped there",
                "current",
                logging.WARNING,
            )
