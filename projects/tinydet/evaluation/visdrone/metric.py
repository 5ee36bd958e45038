"""VisDrone's evaluation as a metric of mmengine."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from mmengine.logging import print_log

from tinydet.boxes import Boxes
from tinydet.datasets.annotations import read_coco, some
from tinydet.datasets.categories import match_categories, of_classes
from tinydet.errors import InputError
from tinydet.evaluation.ground_truth import read_ground_truth
from tinydet.evaluation.image_metric import ImageMetric
from tinydet.evaluation.visdrone import evaluate_detailed
from tinydet.evaluation.visdrone.coco import LIMITS, check_choice, evaluate_coco, names_of_coco
from tinydet.evaluation.visdrone.coco_json import from_coco, names_of
from tinydet.evaluation.visdrone.curves import COLUMNS, MAX_DETS
from tinydet.evaluation.visdrone.folders import Split, write_folder
from tinydet.evaluation.visdrone.result import VisDroneResult, densest_image, result_table
from tinydet.evaluation.visdrone.rows import CLASSES, by_score
from tinydet.registry import METRICS

PREFIXES = {"visdrone": "visdrone", "coco": "visdrone_coco"}
CLASS_METRICS = ("AP", "AP_50")  # per class in the log; the table has more


@METRICS.register_module()
class VisDroneMetric(ImageMetric):
    """AP and AR on VisDrone by the official protocol or by COCO's; the printout names the protocol.

    Args:
        ann_file: COCO JSON made with ``tools/data/convert.py --from visdrone``.
        protocol: ``visdrone`` (:mod:`tinydet.evaluation.visdrone.evaluator`) or ``coco``
            (:mod:`tinydet.evaluation.visdrone.coco`).
        ignore_rule: ``drop`` or ``crowd``. COCO's protocol requires the choice; the official
            protocol does not have the argument.
        max_dets: 100 or 500 detections per image and class, for COCO's protocol as above.
        classwise: Also print a row per class and return ``<class>_AP`` and ``<class>_AP_50``.
        max_per_img: Number of detections that the detector keeps per image. A warning is given if
            an image has more objects. None takes the number from the model of the run.
        out_dir: Folder to which the detections are written as VisDrone's text files, by
            descending score.
        format_only: Write ``out_dir`` without an evaluation, for images without ground truth.
        collect_device: ``cpu`` or ``gpu``.
        prefix: Prefix of the names of the metrics. The default is ``visdrone`` or
            ``visdrone_coco``, so that ``save_best="visdrone/AP"`` never means COCO's AP.

    Raises:
        InputError: An argument is invalid; it would otherwise fail only after the last image.
    """

    def __init__(
        self,
        ann_file: str,
        protocol: str = "visdrone",
        ignore_rule: str | None = None,
        max_dets: int | None = None,
        classwise: bool = True,
        max_per_img: int | None = None,
        out_dir: str | None = None,
        format_only: bool = False,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        if protocol not in PREFIXES:
            raise InputError(f"VisDroneMetric: protocol {protocol!r} is none of {list(PREFIXES)}")
        if protocol == "coco":
            check_choice(ignore_rule, max_dets)
        elif ignore_rule is not None or max_dets is not None:
            raise InputError(
                f"VisDroneMetric: the official protocol fixes ignore_rule={ignore_rule!r} and "
                f"max_dets={max_dets!r}; leave them out, or choose protocol='coco'"
            )
        if format_only and not out_dir:
            raise InputError("VisDroneMetric: format_only=True needs out_dir, the folder to write")
        super().__init__(max_per_img, collect_device, prefix or PREFIXES[protocol])
        self.ann_file = ann_file
        self.protocol = protocol
        self.ignore_rule = ignore_rule
        self.max_dets = max_dets
        self.classwise = classwise
        self.out_dir = out_dir
        self.format_only = format_only

    def names(self, classes: Sequence[str]) -> list[str]:
        """Return the names of the metrics that :meth:`compute_metrics` returns."""
        summary = COLUMNS if self.protocol == "visdrone" else names_of_coco(self.max_dets)
        per_class = [f"{name}_{key}" for name in classes for key in CLASS_METRICS]
        return [*summary, *(per_class if self.classwise else ())]

    def ground_truth(self) -> tuple[dict, dict[int, str]]:
        """Return the annotation file, reduced to VisDrone's classes, and the name of each image.

        Returns:
            The COCO dictionary, and ``{image id: file name without folder and suffix}``.

        Raises:
            InputError: The classes of the data set or of the file are not VisDrone's ten in the
                official order, or the file lacks what the protocol needs.
        """
        coco = read_coco(self.ann_file) if self.format_only else read_ground_truth(self.ann_file)
        labels = match_categories(coco["categories"], CLASSES, self.ann_file)
        classes = (self.dataset_meta or {}).get("classes", CLASSES)
        if tuple(classes) != CLASSES:
            raise InputError(
                f"VisDroneMetric evaluates the ten classes of VisDrone, and the config's are "
                f"{some(classes, 20)}; tinydet.AITODMetric evaluates any"
            )
        coco, _ = of_classes(coco, labels.values())
        if not self.format_only:
            from_coco(coco, self.ann_file)
        return coco, names_of(coco, self.ann_file)

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Evaluate the images of all processes.

        Raises:
            InputError: See :meth:`ground_truth` and :meth:`by_image`.
        """
        coco, names = self.ground_truth()
        detections = _by_name(self.by_image(results, names, self.ann_file), names)
        if self.out_dir:
            write_folder(detections, self.out_dir)
            print_log(
                f"detections of {len(detections)} images written to {self.out_dir}", "current"
            )
        if self.format_only:
            return {}
        result = self._evaluate(coco, detections)
        print_log("\n" + result_table(result, self.classwise), "current")
        numbers = dict(result.summary)
        for class_name, values in result.per_class.items() if self.classwise else ():
            numbers |= {f"{class_name}_{key}": values[key] for key in CLASS_METRICS}
        return numbers

    def _evaluate(self, coco: dict, detections: Split) -> VisDroneResult:
        truth, sizes = from_coco(coco, self.ann_file)
        counted = max(LIMITS[self.max_dets]) if self.protocol == "coco" else MAX_DETS[-1]
        self.warn_of_limit(min(densest_image(list(truth.values())), counted))
        if self.protocol == "coco":
            return evaluate_coco(truth, detections, self.ignore_rule, self.max_dets)
        return evaluate_detailed(truth, detections, sizes)


def _by_name(images: dict[int, Boxes], names: dict[int, str]) -> Split:
    """Return detections as in VisDrone's files; drop boxes that are not finite, with a warning."""
    split, lost = {}, 0
    for image_id, found in images.items():
        finite = np.isfinite(found.coordinates).all(1) & np.isfinite(found.scores)
        lost += int((~finite).sum())
        # VisDrone's class ids count from 1.
        boxes = Boxes(found.xywh, found.class_ids + 1, found.scores, format="xywh")
        split[names[image_id]] = by_score(boxes[finite])
    if lost:
        print_log(
            f"{lost} detections with NaN or infinite numbers left out", "current", logging.WARNING
        )
    return split
