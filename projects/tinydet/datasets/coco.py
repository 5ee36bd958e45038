"""Data set in COCO's format for tiny objects, checked before the first step of a training."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from mmdet.datasets import CocoDataset
from mmengine.logging import print_log

from tinydet.datasets.annotations import read_coco
from tinydet.datasets.boxes import BoxReport, check_evaluable, clean_boxes, without_ignored
from tinydet.datasets.categories import match_categories, of_classes, refuse_text
from tinydet.datasets.images import usable_images
from tinydet.datasets.loading import loader_of
from tinydet.datasets.mosaic_source import MosaicSource
from tinydet.datasets.palette import class_colors
from tinydet.errors import InputError
from tinydet.registry import DATASETS


@DATASETS.register_module()
class TinyCocoDataset(MosaicSource, CocoDataset):
    """Images and a COCO JSON file, for pipelines of mmdet and mmyolo.

    The data set differs from :class:`mmdet.datasets.CocoDataset` in three ways: errors name the
    file and the ids; boxes under one pixel, which mmdet drops without a message, are kept; and
    mmyolo's Mosaic can draw further images.

    Args:
        skip_bad_images: Whether to train without images that are missing or cannot be decoded. A
            warning names and counts these images. The argument has no effect in test mode, where
            the evaluation would change.
        **kwargs: Arguments of mmdet's ``CocoDataset``; files are local. Without
            ``metainfo=dict(classes=...)``, or with ``classes="auto"``, the classes are the
            categories of the file, in the order of the file. With fewer classes than categories,
            the boxes of the other categories are left out.

    Raises:
        InputError: See :meth:`load_data_list`.
    """

    METAINFO: dict = dict()
    HOW_TO_GET = (
        "set data_root, ann_file and data_prefix of the config to where your data are, and for a "
        "config that ends in _own OWN_ROOT to the folder of train.json, val.json and images/"
    )

    def __init__(self, *args, skip_bad_images: bool = False, **kwargs) -> None:
        self.skip_bad_images = skip_bad_images
        super().__init__(*args, **kwargs)

    @classmethod
    def _load_metainfo(cls, metainfo: Mapping | None = None) -> dict:
        refuse_text(metainfo)
        if metainfo is None or metainfo.get("classes") != "auto":
            return super()._load_metainfo(metainfo)
        given = {key: value for key, value in metainfo.items() if key != "classes"}
        unfit = {"classes", "palette"} - given.keys()  # from METAINFO; the file replaces them
        loaded = super()._load_metainfo(given)
        return {key: value for key, value in loaded.items() if key not in unfit}

    def load_data_list(self) -> list[dict]:
        """Read and check the annotation file.

        Returns:
            One dictionary per image, as in mmdet's ``CocoDataset``.

        Raises:
            InputError: A folder, the file or an image is missing; :func:`read_coco` refuses the
                file; the classes differ from METAINFO; there is no image or no box to train on;
                or, in test mode, :func:`check_evaluable` refuses an annotation.
        """
        for name, folder in (("data", self.data_root), ("image", self.data_prefix.get("img"))):
            if folder and not Path(folder).is_dir():
                raise InputError(
                    f"{name} folder {folder} does not exist (looked for "
                    f"{Path(folder).resolve()}); {self.HOW_TO_GET}"
                )
        coco = read_coco(self.ann_file, self.HOW_TO_GET)
        if not coco["images"]:
            raise InputError(f"{self.ann_file}: the list 'images' is empty; is the file right?")
        self._set_classes(coco["categories"])
        coco, left_out = of_classes(coco, self.cat_ids)
        if left_out:
            self._warn(left_out)
        annotations = self._usable_boxes(coco)
        by_image = defaultdict(list)
        self.cat_img_map = {cat_id: [] for cat_id in self.cat_ids}  # mmdet's, see filter_data
        for ann in annotations:
            by_image[ann["image_id"]].append(ann)
            self.cat_img_map[ann["category_id"]].append(ann["image_id"])
        infos = [
            self.parse_data_info(dict(raw_img_info=image, raw_ann_info=by_image[image["id"]]))
            for image in coco["images"]
        ]
        skip = self.skip_bad_images and not self.test_mode
        loader = loader_of(self.pipeline.transforms)
        return usable_images(infos, self.ann_file, self.HOW_TO_GET, skip, loader)

    def _usable_boxes(self, coco: dict) -> list[dict]:
        """Return the annotations that a pipeline can use; warnings count the others.

        Raises:
            InputError: There is no object to train on, or, in test mode, a box or an area cannot
                be evaluated. A file without objects gives only a warning in test mode, because
                detections can still be written.
        """
        if self.test_mode:
            check_evaluable(coco, self.ann_file)
        cleaned, report = clean_boxes(coco, self.ann_file)
        annotations = without_ignored(cleaned)["annotations"]
        if self.test_mode:
            self._tell_evaluated(coco, report)
        else:
            self._tell_trained(cleaned, annotations, report)
        return annotations

    def _tell_evaluated(self, coco: dict, report: BoxReport) -> None:
        """Warn of boxes that an evaluation uses and training would drop."""
        if report.summary(evaluated=True):
            self._warn(report.summary(evaluated=True))
        if all(ann.get("iscrowd") for ann in coco["annotations"]):
            every = "all are iscrowd=1" if coco["annotations"] else "it has none"
            self._warn(
                f"no object to detect: {every}; such a file serves only an evaluator with "
                "format_only=True"
            )

    def _tell_trained(self, cleaned: dict, annotations: list[dict], report: BoxReport) -> None:
        """Warn of boxes that training leaves out; refuse a file without any other box."""
        if report.summary():
            self._warn(report.summary())
        if ignored := len(cleaned["annotations"]) - len(annotations):
            self._warn(f"{ignored} boxes with ignore=1 left out, as mmdet does")
        if all(ann.get("iscrowd") for ann in annotations):
            every = "all are ignore=1 or iscrowd=1" if cleaned["annotations"] else "it has none"
            raise InputError(
                f"{self.ann_file}: no box that can be used: {report.summary() or every}; is the "
                "file right?"
            )

    def _warn(self, sentence: str) -> None:
        print_log(f"{self.ann_file}: {sentence}", "current", logging.WARNING)

    def _set_classes(self, categories: list[dict]) -> None:
        """Compare the categories of the file with METAINFO and assign the labels."""
        classes = self._metainfo.get("classes")
        ids = match_categories(categories, classes, self.ann_file)
        if classes is None:
            self._metainfo["classes"] = tuple(ids)
            colors = [tuple(color) for color in class_colors(len(ids)).tolist()]
            self._metainfo.setdefault("palette", colors)
            print_log(f"classes of {self.ann_file}: {', '.join(ids)}", "current")
        self.cat_ids = list(ids.values())
        self.cat2label = {cat_id: label for label, cat_id in enumerate(self.cat_ids)}

    def parse_data_info(self, raw_data_info: dict) -> dict:
        """Return mmdet's dictionary of an image with all boxes of the cleaned annotations."""
        image = raw_data_info["raw_img_info"]
        if not isinstance(image.get("file_name"), str):
            raise InputError(f"{self.ann_file}: the image with id {image['id']} has no 'file_name'")
        # mmdet is given no annotations, because mmdet drops boxes under one pixel.
        raw_image = dict(image, img_id=image["id"])
        info = super().parse_data_info(dict(raw_img_info=raw_image, raw_ann_info=[]))
        info["instances"] = [self._instance(ann) for ann in raw_data_info["raw_ann_info"]]
        return info

    def _instance(self, ann: dict) -> dict:
        x, y, w, h = ann["bbox"]
        instance = dict(
            bbox=[x, y, x + w, y + h],
            bbox_label=self.cat2label[ann["category_id"]],
            ignore_flag=int(bool(ann.get("iscrowd"))),
        )
        if ann.get("segmentation"):
            instance["mask"] = ann["segmentation"]
        return instance

    def filter_data(self) -> list[dict]:
        """Filter images by ``filter_cfg`` as mmdet does, and report the number of removed images.

        Raises:
            InputError: No image is left.
        """
        kept = super().filter_data()
        left_out = len(self.data_list) - len(kept)
        if left_out:
            print_log(f"{self.ann_file}: filter_cfg leaves out {left_out} images", "current")
        if not kept:
            raise InputError(f"{self.ann_file}: filter_cfg={self.filter_cfg} leaves no image")
        return kept
