"""Metrics of mmengine that look at all detections of all images: what they share."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import nn

from tinydet.datasets.annotations import some
from tinydet.errors import InputError

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]  # boxes (N, 4) x1 y1 x2 y2, scores, labels


class ImageMetric(BaseMetric):
    """Collect the detections of each image as float64 on the CPU, on any number of processes.

    Args:
        max_per_img: How many detections the detector keeps an image; when an image has more
            objects a warning says so. By default a run's model is asked.
        collect_device: ``cpu`` or ``gpu``.
        prefix: Of the names of the numbers.
    """

    def __init__(self, max_per_img: int | None, collect_device: str, prefix: str | None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.max_per_img = max_per_img

    def learn_limit(self, model: nn.Module) -> None:
        """Take ``max_per_img`` from a detector's ``test_cfg``, where it was not given."""
        if self.max_per_img is None:
            test_cfg = getattr(model, "tta_cfg", None) or getattr(model, "test_cfg", None) or {}
            self.max_per_img = (test_cfg.get("rcnn") or test_cfg).get("max_per_img")
            print_log(
                f"{type(self).__name__}: the model keeps {self.max_per_img or 'any number of'} "
                "boxes an image (test_cfg.max_per_img)",
                "current",
            )

    def names(self, classes: Sequence[str]) -> list[str]:
        """Return the names, without the prefix, of the numbers that an evaluation gives."""
        raise NotImplementedError

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep ``(image id, boxes xyxy, scores, labels)`` of each image."""
        for sample in data_samples:
            found = sample["pred_instances"]
            # Before widths are taken and before NumPy, which has no bfloat16.
            arrays = (found[key].detach().cpu().double() for key in ("bboxes", "scores", "labels"))
            self.results.append((sample["img_id"], *(array.numpy() for array in arrays)))

    @staticmethod
    def by_image(
        results: list[tuple], image_ids: Collection[int], ann_file: str | Path
    ) -> dict[int, Arrays]:
        """Return the detections of each image once, checked to be those of the file.

        Raises:
            InputError: An image of the file has no result, or a result no image.
        """
        # A sampler pads the last round of several processes with images that were done already.
        images = {image_id: tuple(arrays) for image_id, *arrays in reversed(results)}
        for ids, what in (
            (set(image_ids) - images.keys(), "have no result"),
            (images.keys() - set(image_ids), "have a result and are not in it"),
        ):
            if ids:
                raise InputError(
                    f"{len(ids)} images of {ann_file} {what} (image ids {some(sorted(ids))}); "
                    "give the evaluator the ann_file of its dataloader"
                )
        return images

    def warn_of_limit(self, objects: int) -> None:
        """Warn when the detector keeps fewer boxes than the densest image has ``objects``."""
        if self.max_per_img is not None and self.max_per_img < objects:
            print_log(
                f"test_cfg.max_per_img={self.max_per_img} is below the {objects} objects that "
                "count in the densest image: recall is capped there",
                "current",
                logging.WARNING,
            )
