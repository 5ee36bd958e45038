"""Pascal VOC as one data set of one or several years."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from mmdet.datasets import VOCDataset as MMDetVOCDataset
from mmengine.logging import print_log

from tinydet.datasets.annotations import some
from tinydet.datasets.categories import refuse_text
from tinydet.datasets.images import find_missing, usable_images
from tinydet.datasets.loading import loader_of
from tinydet.datasets.mosaic_source import MosaicSource
from tinydet.errors import InputError
from tinydet.registry import DATASETS


@DATASETS.register_module()
class VOCDataset(MosaicSource, MMDetVOCDataset):
    """Images and XML files of one or several years of ``VOCdevkit``.

    mmdet concatenates the years with a ``ConcatDataset``, whose parts keep their own pipelines, so
    a hook that switches the mosaic off for the last epochs has no effect. This data set has one
    pipeline. Boxes, ``difficult`` objects and labels are mmdet's.

    Args:
        data_root: Folder ``VOCdevkit``.
        years: Years whose folders ``VOC<year>`` are read, in this order. The first year selects
            the protocol of the evaluation.
        split: List in ``ImageSets/Main``: ``trainval``, ``train``, ``val`` or ``test``.
        skip_bad_images: See :class:`tinydet.TinyCocoDataset`.
        **kwargs: Arguments of mmdet's ``VOCDataset``.

    Raises:
        InputError: A year has no such list; the list is empty, or names an image without XML file
            or image file; an XML file is not VOC's; or there is no object to train on.
    """

    HOW_TO_GET = (
        "Pascal VOC is at host.robots.ox.ac.uk/pascal/VOC; expected: data/VOCdevkit/VOC2007 and "
        "VOC2012, or set VOC_ROOT"
    )

    def __init__(
        self,
        data_root: str,
        years: Sequence[int] = (2007, 2012),
        split: str = "trainval",
        skip_bad_images: bool = False,
        **kwargs,
    ) -> None:
        self.years, self.split = tuple(years), split
        self.skip_bad_images = skip_bad_images
        refuse_text(kwargs.get("metainfo"))
        super().__init__(data_root=data_root, **kwargs)
        # Selects the protocol of the evaluation. mmdet takes it from the prefix of its only year.
        self._metainfo["dataset_type"] = f"VOC{self.years[0]}"

    def load_data_list(self) -> list[dict]:
        """Read the images of one year after another."""
        self._unknown: Counter[str] = Counter()  # objects per name that is not a class
        infos = []
        for year in self.years:
            folder = Path(self.data_root) / f"VOC{year}"
            self.data_prefix = dict(sub_data_root=str(folder))
            self.ann_file = str(folder / f"ImageSets/Main/{self.split}.txt")
            self._check_list(folder)
            infos += super().load_data_list()
        if self._unknown:
            print_log(
                f"{self.data_root}: {self._unknown.total()} objects belong to none of the "
                f"config's classes and are left out ({some(self._unknown)})",
                "current",
                logging.WARNING,
            )
        if all(instance["ignore_flag"] for info in infos for instance in info["instances"]):
            raise InputError(
                f"{self.data_root}: the {len(infos)} images of {self.split} have no object that "
                "can be used; look into the XML files in Annotations/"
            )
        skip = self.skip_bad_images and not self.test_mode
        loader = loader_of(self.pipeline.transforms)
        return usable_images(infos, self.data_root, self.HOW_TO_GET, skip, loader)

    def _check_list(self, folder: Path) -> None:
        """Check that the list of a year exists and that every name in it has an XML file."""
        if not Path(self.ann_file).is_file():
            raise InputError(f"{self.ann_file} does not exist; {self.HOW_TO_GET}")
        names = Path(self.ann_file).read_text(encoding="utf-8").splitlines()
        if not names:
            raise InputError(f"{self.ann_file} is empty; write the name of one image per line")
        files = {name: str(folder / "Annotations" / f"{name}.xml") for name in names}
        missing = find_missing(list(files.values()))
        lost = [repr(name) for name, path in files.items() if path in missing]
        if lost:
            raise InputError(
                f"{len(lost)} of {len(names)} names in {self.ann_file} have no XML file in "
                f"{folder / 'Annotations'} ({some(lost)}); a line is the name of an image without "
                "suffix, and nothing else"
            )

    def parse_data_info(self, img_info: dict) -> dict:
        """Return mmdet's dictionary of an image, from its XML file."""
        try:
            return super().parse_data_info(img_info)
        except (ElementTree.ParseError, AttributeError, TypeError, ValueError) as error:
            raise InputError(
                f"{img_info['xml_path']} is not an annotation of VOC ({error}); correct the file"
            ) from error

    def _parse_instance_info(self, raw_ann_info: ElementTree.ElementTree, **kwargs) -> list[dict]:
        names = (obj.findtext("name") for obj in raw_ann_info.findall("object"))
        self._unknown.update(name for name in names if name not in self._metainfo["classes"])
        return super()._parse_instance_info(raw_ann_info, **kwargs)
