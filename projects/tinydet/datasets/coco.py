"""COCO data for tiny objects: checked before the first step, nothing dropped in silence."""

from __future__ import annotations

import logging
from collections import defaultdict
from pathlib import Path

from mmdet.datasets import CocoDataset
from mmengine.logging import print_log
from tqdm import tqdm

from tinydet.datasets.annotations import clean_boxes, read_coco, some
from tinydet.datasets.loading import check_image
from tinydet.errors import InputError
from tinydet.registry import DATASETS


@DATASETS.register_module()
class TinyCocoDataset(CocoDataset):
    """COCO JSON and a folder of images, for mmdet's and mmyolo's pipelines alike.

    It differs from :class:`mmdet.datasets.CocoDataset` in three ways: problems of the data are
    told in a sentence that names file and id; boxes under one pixel are kept, where mmdet drops
    them without a word; and mmyolo's Mosaic finds the data set it draws from.

    Args:
        skip_bad_images: Train without images that are missing or cannot be decoded; each is named
            and counted. Ignored in test mode, where it would change the evaluation.
        **kwargs: Everything mmdet's ``CocoDataset`` takes. Without ``metainfo`` the classes are
            those of the file, in its order.

    Raises:
        InputError: When the data are loaded; see :meth:`load_data_list`.
    """

    METAINFO: dict = dict()
    HOW_TO_GET = "set data_root, ann_file and data_prefix of the config to where your data are"

    def __init__(self, *args, skip_bad_images: bool = False, **kwargs) -> None:
        self.skip_bad_images = skip_bad_images
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Read and check the annotation file.

        Returns:
            A dictionary an image, as mmdet's ``CocoDataset`` makes them.

        Raises:
            InputError: Folder or file missing, see :func:`read_coco` for the file itself, classes
                that differ from METAINFO, an image missing, no image at all.
        """
        root = Path(self.data_root or ".")
        if not root.is_dir():
            raise InputError(
                f"data folder {root} does not exist (looked for {root.resolve()}); "
                f"{self.HOW_TO_GET}"
            )
        coco = read_coco(self.ann_file, self.HOW_TO_GET)
        self._set_classes(coco)
        coco, report = clean_boxes(coco, self.ann_file)
        if report.summary():
            print_log(f"{self.ann_file}: {report.summary()}", "current", logging.WARNING)
        images = self._present(coco["images"])
        if not images:
            raise InputError(f"{self.ann_file} lists no image that can be used")
        instances = defaultdict(list)
        for ann in coco["annotations"]:
            instances[ann["image_id"]].append(self._instance(ann))
        return [self._data_info(image, instances[image["id"]]) for image in images]

    def _set_classes(self, coco: dict) -> None:
        """Compare the file's categories with METAINFO; labels follow METAINFO, by name."""
        names = [category.get("name") for category in coco["categories"]]
        if "classes" not in self._metainfo:
            self._metainfo["classes"] = tuple(names)
            print_log(f"classes of {self.ann_file}: {', '.join(map(str, names))}", "current")
        classes = list(self._metainfo["classes"])
        if sorted(map(str, names)) != sorted(classes):
            raise InputError(
                f"categories of {self.ann_file} differ from the config's classes: only in the "
                f"file: {some(set(names) - set(classes), 20) or 'none'}; only in the config: "
                f"{some(set(classes) - set(names), 20) or 'none'}; correct "
                "metainfo=dict(classes=...) or the file"
            )
        by_name = {category["name"]: category["id"] for category in coco["categories"]}
        self.cat_ids = [by_name[name] for name in classes]
        self.cat2label = {cat_id: label for label, cat_id in enumerate(self.cat_ids)}
        self.cat_img_map = defaultdict(list)  # for mmdet's class-aware sampling
        for ann in coco["annotations"]:
            self.cat_img_map[ann["category_id"]].append(ann["image_id"])

    def _present(self, images: list[dict]) -> list[dict]:
        """Return the images whose files can be used; a folder is listed once, not a file each."""
        listed: dict[Path, set[str]] = {}
        problems: dict[str, str] = {}
        for image in images:
            path = Path(self.data_prefix["img"], image["file_name"])
            folder = path.parent
            if folder not in listed:
                listed[folder] = (
                    {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
                )
            if path.name not in listed[folder]:
                problems[image["file_name"]] = f"{path} does not exist"
        skip = self.skip_bad_images and not self.test_mode
        if skip:
            for image in tqdm(images, desc="checking images", mininterval=2):
                if image["file_name"] not in problems:
                    path = Path(self.data_prefix["img"], image["file_name"])
                    if reason := check_image(path):
                        problems[image["file_name"]] = reason
        if not problems:
            return images
        first = some(problems.values(), 3)
        if not skip:
            raise InputError(
                f"{len(problems)} of {len(images)} images of {self.ann_file} are missing: {first}; "
                f"{self.HOW_TO_GET}, or train without them by --skip-bad-images"
            )
        print_log(
            f"training without {len(problems)} of {len(images)} images of {self.ann_file}: "
            f"{some(problems.values(), len(problems))}",
            "current",
            logging.WARNING,
        )
        return [image for image in images if image["file_name"] not in problems]

    def _instance(self, ann: dict) -> dict:
        x, y, w, h = ann["bbox"]
        return dict(
            bbox=[x, y, x + w, y + h],
            bbox_label=self.cat2label[ann["category_id"]],
            ignore_flag=int(bool(ann.get("iscrowd"))),
        )

    def _data_info(self, image: dict, instances: list[dict]) -> dict:
        return dict(
            img_path=str(Path(self.data_prefix["img"], image["file_name"])),
            img_id=image["id"],
            seg_map_path=None,
            height=image["height"],
            width=image["width"],
            instances=instances,
        )

    def filter_data(self) -> list[dict]:
        """Filter as mmdet does (``filter_cfg``), and say how many images that left out.

        Raises:
            InputError: No image is left.
        """
        if self.test_mode or self.filter_cfg is None:
            return self.data_list
        empty = self.filter_cfg.get("filter_empty_gt", False)
        smallest = self.filter_cfg.get("min_size", 0)
        kept = [
            info
            for info in self.data_list
            if (info["instances"] or not empty) and min(info["width"], info["height"]) >= smallest
        ]
        left_out = len(self.data_list) - len(kept)
        if left_out:
            print_log(f"{self.ann_file}: filter_cfg leaves out {left_out} images", "current")
        if not kept:
            raise InputError(f"{self.ann_file}: filter_cfg={self.filter_cfg} leaves no image")
        return kept

    def prepare_data(self, idx: int) -> object:
        """Hand the data set to the pipeline in training: mmyolo's Mosaic draws from it."""
        if self.test_mode:
            return super().prepare_data(idx)
        info = self.get_data_info(idx)
        info["dataset"] = self
        return self.pipeline(info)
