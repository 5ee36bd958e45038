"""Pascal VOC as one data set, whatever the number of years."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmdet.datasets import VOCDataset as MMDetVOCDataset

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
        **kwargs: Everything mmdet's ``VOCDataset`` takes.

    Raises:
        InputError: A year has no such list.
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
        **kwargs,
    ) -> None:
        self.years, self.split = tuple(years), split
        super().__init__(data_root=data_root, **kwargs)
        # The protocol of the evaluation; mmdet reads it from the prefix of its only year.
        self._metainfo["dataset_type"] = f"VOC{self.years[0]}"

    def load_data_list(self) -> list[dict]:
        """Read the images of one year after another."""
        infos = []
        for year in self.years:
            folder = Path(self.data_root) / f"VOC{year}"
            self.data_prefix = dict(sub_data_root=str(folder))
            self.ann_file = str(folder / f"ImageSets/Main/{self.split}.txt")
            if not Path(self.ann_file).is_file():
                raise InputError(f"{self.ann_file} does not exist; {self.HOW_TO_GET}")
            infos += super().load_data_list()
        return infos
