"""AI-TOD's evaluation as a metric of mmengine."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from tinydet.datasets.annotations import read_coco, some
from tinydet.errors import InputError
from tinydet.evaluation.aitod import MAX_DETS, evaluate_detailed
from tinydet.evaluation.backends import backend as check_backend
from tinydet.evaluation.detections import Detections
from tinydet.evaluation.table import result_table
from tinydet.registry import METRICS


@METRICS.register_module()
class AITODMetric(BaseMetric):
    """AP, AR and oLRP by AI-TOD's protocol; see :mod:`tinydet.evaluation.aitod`.

    Args:
        ann_file: COCO JSON of the images that are evaluated.
        max_dets: Limits of detections per image and class.
        backend: ``faster``, ``pycocotools`` or ``aitodpycocotools``.
        max_per_img: How many detections the detector keeps an image; when an image has more
            objects a warning says so. The tools fill it in from ``model.test_cfg``.
        out_file: Where to write the detections as COCO results JSON.
        collect_device: ``cpu`` or ``gpu``.
        prefix: Of the names of the numbers; ``save_best="aitod/AP"`` refers to it.
    """

    default_prefix = "aitod"

    def __init__(
        self,
        ann_file: str,
        max_dets: Sequence[int] = MAX_DETS,
        backend: str = "faster",
        max_per_img: int | None = None,
        out_file: str | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        check_backend(backend)  # an unknown name is told before training, not after
        self.ann_file = ann_file
        self.max_dets = tuple(max_dets)
        self.backend = backend
        self.max_per_img = max_per_img
        self.out_file = out_file

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep ``(image id, boxes xyxy, scores, labels)`` of each image, on the CPU."""
        for sample in data_samples:
            found = sample["pred_instances"]
            arrays = (found[key].detach().cpu() for key in ("bboxes", "scores", "labels"))
            self.results.append((sample["img_id"], *(torch.as_tensor(a).numpy() for a in arrays)))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Evaluate the images of all processes.

        Raises:
            InputError: The classes of the data set and of the file differ; an image of the file
                has no result.
        """
        truth = read_coco(self.ann_file)
        category_ids = self._category_ids(truth)
        # A sampler pads the last round of several processes with images that were done already.
        by_image = {}
        for image_id, *arrays in results:
            by_image.setdefault(image_id, arrays)
        undone = {image["id"] for image in truth["images"]} - by_image.keys()
        if undone:
            raise InputError(
                f"{len(undone)} of {len(truth['images'])} images of {self.ann_file} have no result "
                f"(image ids {some(sorted(undone))}); is it the file of the test_dataloader?"
            )
        detections = self._detections(by_image, category_ids)
        if self.out_file:
            self._write(detections)
        result = evaluate_detailed(truth, detections, self.max_dets, self.backend)
        print_log("\n" + result_table(result), "current")
        if self.max_per_img is not None and self.max_per_img < result.densest:
            print_log(
                f"test_cfg.max_per_img={self.max_per_img} is below the {result.densest} objects of "
                "the densest image: recall is capped there",
                "current",
                logging.WARNING,
            )
        return result.summary

    def _category_ids(self, truth: dict) -> np.ndarray:
        """Return the category id of each label; labels follow the data set's classes, by name."""
        ids = {category["name"]: category["id"] for category in truth["categories"]}
        classes = list((self.dataset_meta or {}).get("classes", ids))
        if sorted(ids) != sorted(classes):
            raise InputError(
                f"categories of {self.ann_file}: {some(ids, 20)}; classes of the data set: "
                f"{some(classes, 20)}; the two must be the same"
            )
        return np.array([ids[name] for name in classes], np.int64)

    @staticmethod
    def _detections(by_image: dict, category_ids: np.ndarray) -> Detections:
        """Concatenate in the order of the image ids, which decides between equal scores."""
        image_ids, labels, boxes, scores = [], [], [], []
        for image_id in sorted(by_image):
            xyxy, score, label = by_image[image_id]
            image_ids.append(np.full(len(score), image_id, np.int64))
            labels.append(label.astype(np.int64))
            boxes.append(xyxy.reshape(-1, 4).astype(np.float64))
            scores.append(score.astype(np.float64))
        xywh = np.concatenate(boxes)
        xywh[:, 2:] -= xywh[:, :2]
        return Detections(
            np.concatenate(image_ids),
            category_ids[np.concatenate(labels)],
            xywh,
            np.concatenate(scores),
        )

    def _write(self, detections: Detections) -> None:
        rows = [
            dict(image_id=image_id, category_id=category_id, bbox=box, score=score)
            for image_id, category_id, box, score in zip(
                detections.image_ids.tolist(),
                detections.category_ids.tolist(),
                detections.boxes.tolist(),
                detections.scores.tolist(),
                strict=True,
            )
        ]
        path = Path(self.out_file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows), encoding="utf-8")
        print_log(f"{len(rows)} detections written to {path}", "current")
