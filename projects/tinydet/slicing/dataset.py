"""Tiles of a data set's pictures, cut while training; none is written to disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmengine.config import ConfigDict
from mmengine.dataset import BaseDataset, Compose, force_full_init
from mmengine.logging import print_log

from tinydet.datasets.mosaic_source import MosaicSource
from tinydet.datasets.wrappers import INSIDE, hand_on
from tinydet.errors import InputError
from tinydet.registry import DATASETS
from tinydet.slicing.drawing import WEIGHTS, epoch_draw, weights_of
from tinydet.slicing.geometry import Size
from tinydet.slicing.loading import Kept, load_tiles
from tinydet.slicing.tiling import Tiling, checked_choice, checked_share


@DATASETS.register_module()
class SlicedDataset(MosaicSource, BaseDataset):
    """The tiles of a data set, for training.

    An epoch takes each tile that has an object, or as many that ``weights`` draws, and some of the
    others. Which these are depends on ``seed`` and :meth:`set_epoch` alone, which
    ``tinydet.TileSampler`` calls.

    Args:
        dataset: Of mmdet, mmyolo or this project, or its config. The config of a wrapper, such as
            mmdet's ``MultiImageMixDataset``, gives that wrapper, around the tiles of what it
            wraps: a mosaic is made of tiles.
        size: Side of a tile, px, or height and width. A smaller picture is padded.
        overlap: Of neighboring tiles: whole px, or a float as a share of the tile's side.
        min_visible: An object of which less than this share of its box lies in a tile is not
            trained on there.
        cut: ``"ignore"`` makes a region to ignore of it, ``"drop"`` leaves it out.
        empty_rate: Share of the tiles without an object that join an epoch. Pictures that the
            data set's ``filter_cfg`` leaves out have none.
        weights: None, ``"objects"`` or ``"classes"``; see :func:`weights_of`.
        seed: Of the draws.
        memory: MiB of decoded pictures that a worker keeps.
        skip_bad_images: Of the data set inside.
        **kwargs: ``lazy_init``, ``max_refetch`` and ``serialize_data`` of mmengine's data sets.

    Raises:
        InputError: An argument makes no sense, the data set is one of an evaluation, or not one
            tile has an object.
    """

    def __new__(
        cls,
        dataset: Mapping | BaseDataset | None = None,
        skip_bad_images: bool = False,  # named for who asks what the class takes
        **kwargs,
    ) -> Any:
        """Build a wrapper around the tiles of what its config wraps."""
        for key in INSIDE:
            if isinstance(dataset, Mapping) and key in dataset:
                kwargs["skip_bad_images"] = skip_bad_images
                return DATASETS.build(ConfigDict(dataset, **{key: _sliced(dataset[key], kwargs)}))
        return super().__new__(cls)

    def __init__(
        self,
        dataset: Mapping | BaseDataset,
        size: Size,
        overlap: float = 0.2,
        min_visible: float = 0.3,
        cut: str = "ignore",
        empty_rate: float = 0.1,
        weights: str | None = None,
        seed: int = 0,
        memory: int = 512,
        skip_bad_images: bool = False,
        **kwargs,
    ) -> None:
        self.tiling = Tiling(size, overlap, min_visible, cut)
        self.empty_rate = checked_share("empty_rate", empty_rate)
        self.weights = weights and checked_choice("weights", weights, WEIGHTS)
        self.seed = seed
        self.kept = Kept(memory * 2**20)
        self.epoch = torch.zeros((), dtype=torch.int64).share_memory_()  # workers that stay see it
        self._drawn = -1, np.zeros(0)
        if skip_bad_images:
            dataset = hand_on(dataset, dict(skip_bad_images=True))
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, Mapping) else dataset
        if self.dataset.test_mode:
            raise InputError(
                "tinydet.SlicedDataset is for training; to evaluate on tiles, put the model into a "
                "tinydet.SlicedDetector, which merges what it finds in them"
            )
        lazy = kwargs.pop("lazy_init", False)
        super().__init__(lazy_init=True, **kwargs)
        self.pipeline = self.dataset.pipeline
        if not lazy:
            self.full_init()

    @property
    def metainfo(self) -> dict:
        """Of the data set inside."""
        return self.dataset.metainfo

    @property
    def pipeline(self) -> Compose:
        """Transforms of a tile."""
        return self._pipeline

    @pipeline.setter
    def pipeline(self, pipeline: Compose) -> None:
        load_tiles(pipeline.transforms, self.kept)
        self._pipeline = pipeline

    def set_epoch(self, epoch: int) -> None:
        """Draw the tiles of an epoch, in this process and in those of its workers."""
        self.epoch.fill_(epoch)

    def load_data_list(self) -> list[dict]:
        """Return a dictionary a tile, see :meth:`Tiling.tiles`, and say what was counted.

        Raises:
            InputError: Not one tile has an object.
        """
        self.dataset.full_init()
        infos = [self.dataset.get_data_info(number) for number in range(len(self.dataset))]
        cut = [self.tiling.tiles(info) for info in infos]
        self._picture = np.repeat(np.arange(len(cut)), [len(tiles) for tiles in cut])
        found = [tile for tiles in cut for tile in tiles]
        labels = [_labels(tile) for tile in found]
        full = np.array([len(one) > 0 for one in labels])
        self._full, self._empty = np.flatnonzero(full), np.flatnonzero(~full)
        name = getattr(self.dataset, "ann_file", "") or type(self.dataset).__name__
        if not full.any():
            raise InputError(f"{name}: not one of {len(found)} tiles has an object to train on")
        if self.weights:
            self._weights = weights_of([one for one in labels if one], self.weights)
        joining = len(self) - len(self._full)
        print_log(f"{name}: {self.tiling.told(len(self._full), joining)}", "current")
        return found

    def draw(self) -> np.ndarray:
        """Return the numbers of the epoch's tiles, those of one picture beside one another."""
        epoch = int(self.epoch)
        if self._drawn[0] != epoch:
            weights = self._weights if self.weights else None
            seed = (self.seed, epoch)
            self._drawn = (
                epoch,
                epoch_draw(weights, self._full, self._empty, self.empty_rate, seed),
            )
        return self._drawn[1]

    def pictures(self) -> np.ndarray:
        """Return of each sample of the epoch the number of its picture."""
        return self._picture[self.draw()]

    def __len__(self) -> int:
        if not hasattr(self, "_full"):
            self.full_init()
        return len(self._full) + round(self.empty_rate * len(self._empty))

    @force_full_init
    def get_data_info(self, idx: int) -> dict:
        """Return a tile of the epoch's draw."""
        return super().get_data_info(int(self.draw()[idx]))

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the classes in a tile, for a ``ClassBalancedDataset`` around this one."""
        return _labels(self.get_data_info(idx))

    def __getitem__(self, idx: int) -> dict:
        """Return a sample; where the pipeline leaves nothing of a tile, of the next one.

        Raises:
            InputError: It leaves nothing of ``max_refetch`` more tiles.
        """
        for step in range(self.max_refetch + 1):
            sample = self.prepare_data((idx + step) % len(self))
            if sample is not None:
                return sample
        raise InputError(
            f"the training pipeline leaves nothing of {self.max_refetch + 1} tiles in a row; look "
            "at its FilterAnnotations"
        )


def _sliced(inside: Mapping | list, given: Mapping) -> ConfigDict | list[ConfigDict]:
    """Return the config of tiles, or of each of several data sets."""
    if isinstance(inside, list | tuple):
        return [_sliced(one, given) for one in inside]
    return ConfigDict(type="tinydet.SlicedDataset", dataset=inside, **given)


def _labels(info: dict) -> list[int]:
    """Return the classes of the objects to train on."""
    return [one["bbox_label"] for one in info["instances"] if not one["ignore_flag"]]
