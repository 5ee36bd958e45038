"""Pascal VOC as one data set, whatever the number of years."""

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
    """Images and XML files of ``VOCdevkit``, several years in one.

    mmdet joins the years by a ``ConcatDataset``, whose parts keep their own pipelines: a hook that
    switches the mosaic off for the last epochs would change nothing. Here there is one pipeline.
    Boxes, ``difficult`` objects and labels are mmdet's.

    Args:
        data_root: The folder ``VOCdevkit``.
        years: Of which the folders ``VOC<year>`` are read, in this order; the first one says how
            to evaluate.
        split: The list in ``ImageSets/Main``: ``trainval``, ``train``, ``val`` or ``test``.
        skip_bad_images: As of :class:`tinydet.TinyCocoDataset`.
        **kwargs: Everything mmdet's ``VOCDataset`` takes.

    Raises:
        InputError: A year has no such list, the list names no image or one without XML file or
            picture, an XML file is none of VOC's, or there is no object to train on.
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
        # The protocol of the evaluation; mmdet reads it from the prefix of its only year.
        self._metainfo["dataset_type"] = f"VOC{self.years[0]}"

    def load_data_list(self) -> list[dict]:
        """Read the images of one year after another."""
        self._unknown: Counter[str] = Counter()  # names of objects that are no class: how many
        infos = []
        for year in self.years:
            folder = Path(self.data_root) / f"VOC{year}"
            self.data_prefix = dict(sub_data_root=str(folder))
            self.ann_file = str(folder / f"ImageSets/Main/{self.split}.txt")
            self._check_list(folder)
            infos += super().load_data_list()
        if self._unknown:
            print_log(
                f"{self.data_root}: {self._unknown.total()} objects are of none of the config's "
                f"classes and left out ({some(self._unknown)})",
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
        """Check that the list of a year is there and that every name has its XML file."""
        if not Path(self.ann_file).is_file():
            raise InputError(f"{self.ann_file} does not exist; {self.HOW_TO_GET}")
        names = Path(self.ann_file).read_text(encoding="utf-8").splitlines()
        if not names:
            raise InputError(f"{self.ann_file} is empty; write the name of an image in each line")
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
                f"{img_info['xml_path']} is no annotation of VOC's form ({error}); correct it"
            ) from error

    def _parse_instance_info(self, raw_ann_info: ElementTree.ElementTree, **kwargs) -> list[dict]:
        names = (obj.findtext("name") for obj in raw_ann_info.findall("object"))
        self._unknown.update(name for name in names if name not in self._metainfo["classes"])
        return super()._parse_instance_info(raw_ann_info, **kwargs)
