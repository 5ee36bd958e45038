"""Base class of the metrics that evaluate the detections of all images together."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Collection, Sequence
from pathlib import Path

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import nn

from tinydet.boxes import Boxes
from tinydet.datasets.annotations import some
from tinydet.errors import InputError


class ImageMetric(BaseMetric):
    """Collect the detections of each image as float64 on the CPU, in one process or several.

    Args:
        max_per_img: Number of detections that the detector keeps per image. A warning is given if
            an image has more objects. None takes the number from the model of the run.
        collect_device: ``cpu`` or ``gpu``.
        prefix: Prefix of the names of the metrics.
    """

    def __init__(self, max_per_img: int | None, collect_device: str, prefix: str | None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.max_per_img = max_per_img

    @property
    def dataset_meta(self) -> dict | None:
        """Metainfo of the data set, ``classes`` above all."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, meta: dict | None) -> None:
        self._dataset_meta = meta
        self.ground_truth()  # runs before the first step, so that a bad file stops the run there

    @abstractmethod
    def ground_truth(self) -> tuple:
        """Read and check the ground truth."""

    def learn_limit(self, model: nn.Module) -> None:
        """Set ``max_per_img`` from a detector's ``test_cfg``, unless the config has given one."""
        if self.max_per_img is None:
            test_cfg = getattr(model, "tta_cfg", None) or getattr(model, "test_cfg", None) or {}
            self.max_per_img = (test_cfg.get("rcnn") or test_cfg).get("max_per_img")
            print_log(
                f"{type(self).__name__}: the model keeps {self.max_per_img or 'any number of'} "
                "boxes per image (test_cfg.max_per_img)",
                "current",
            )

    def names(self, classes: Sequence[str]) -> list[str]:
        """Return the names of the metrics, without the prefix."""
        raise NotImplementedError

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep the image id and the detections of each sample."""
        for sample in data_samples:
            found = sample["pred_instances"]
            # Doubles, because widths are differences of corners and NumPy lacks bfloat16.
            corners, scores = (found[key].detach().cpu().double() for key in ("bboxes", "scores"))
            labels = found["labels"].detach().cpu().long()
            boxes = Boxes(corners.numpy(), labels.numpy(), scores.numpy())
            self.results.append((sample["img_id"], boxes))

    @staticmethod
    def by_image(
        results: list[tuple[int, Boxes]], image_ids: Collection[int], ann_file: str | Path
    ) -> dict[int, Boxes]:
        """Return the detections of each image of the annotation file, once per image.

        Raises:
            InputError: An image of the file has no result, or a result belongs to no image.
        """
        # With several processes, a sampler fills the last round with images of the first one.
        images = dict(reversed(results))
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
        """Warn if the detector keeps fewer boxes than the densest image has ``objects``."""
        if self.max_per_img is not None and self.max_per_img < objects:
            print_log(
                f"test_cfg.max_per_img={self.max_per_img} is below the {objects} objects that "
                "count in the densest image, which limits recall",
                "current",
                logging.WARNING,
            )
