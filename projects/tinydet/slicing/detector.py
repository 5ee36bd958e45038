"""A detector that looks at a picture in tiles and as a whole, and merges what both show."""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np
from mmcv.transforms import Compose
from mmdet.models import BaseDetector
from mmdet.structures import DetDataSample
from mmengine.logging import print_log
from mmengine.model import BaseDataPreprocessor
from mmengine.structures import InstanceData
from torch import Tensor, nn

from tinydet.errors import InputError
from tinydet.registry import MODELS
from tinydet.slicing.geometry import Size, overlap_of, sides, tile_grid
from tinydet.slicing.joining import check_border, join
from tinydet.slicing.merging import checked_merge
from tinydet.slicing.tile_batches import combined, crop, detect, loaded


@MODELS.register_module()
class SlicedDetector(BaseDetector):
    """Wrap the model of any config: ``model = dict(type="tinydet.SlicedDetector", detector=...)``.

    It trains as the detector does, and its checkpoints have the detector's keys: either reads the
    other's. In tests a picture arrives as loaded; each tile goes through the rest of the config's
    test pipeline (:mod:`tinydet.configuration.sliced`), and is resized where that resizes.

    Args:
        detector: Config of the model.
        size: Side of a tile, px of the picture, or height and width.
        overlap: Of neighboring tiles: whole px, or a share of the side.
        batch_size: Tiles, of one or several pictures, that go through the network together.
        full_image: The whole picture goes through the test pipeline, too, for large objects.
        scales: Enlargements of the picture before it is cut: at 2 a tile shows ``size / 2`` px,
            which the test pipeline enlarges.
        merge: ``type``, ``metric``, ``threshold`` and ``class_agnostic``, see
            :func:`tinydet.slicing.merging.merge`.
        border: ``keep``, ``drop_cut`` or ``join``, see :func:`tinydet.slicing.joining.join`.
        skip_empty: Score from which boxes that the whole picture shows count; tiles without are
            left out. All tiles are looked at where it is None.
        pipeline: Transforms of a tile; by default those of the config's test.
        data_preprocessor: None: the detector has its own.
        init_cfg: None: the detector has its own.

    Raises:
        InputError: An argument is none of those possible; the sentence names it.
    """

    test_cfg = None  # the detector's limit of boxes is that of a tile

    def __init__(
        self,
        detector: dict,
        size: Size = 640,
        overlap: float = 0.2,
        batch_size: int = 1,
        full_image: bool = True,
        scales: Sequence[float] = (1.0,),
        merge: dict = dict(type="nms", metric="iou", threshold=0.5, class_agnostic=False),
        border: str = "join",
        skip_empty: float | None = None,
        pipeline: Sequence[dict] | None = None,
        data_preprocessor: None = None,
        init_cfg: None = None,
    ) -> None:
        super().__init__()
        self.merging = checked_merge(merge)
        check_border(border)
        self.sizes = [_scaled(size, scale, overlap) for scale in scales]
        if not isinstance(batch_size, Integral) or batch_size < 1:
            raise InputError(f"batch_size={batch_size!r} of the tiles; write a whole number from 1")
        if skip_empty is not None and not 0 <= skip_empty <= 1:
            raise InputError(f"skip_empty={skip_empty!r}; write a score from 0 to 1, or None")
        self.overlap, self.batch_size, self.full_image = overlap, batch_size, full_image
        self.border, self.skip_empty = border, skip_empty
        self.detector = MODELS.build(detector)
        self.data_preprocessor = WholeOrBatch(self.detector.data_preprocessor)
        self.pipeline = None if pipeline is None else Compose(pipeline)
        for height, width in self.sizes if self.pipeline else ():
            self._tell_padding(height, width)
        self._register_state_dict_hook(_without_prefix)
        self.register_load_state_dict_pre_hook(_with_prefix)

    def __getattr__(self, name: str) -> object:
        """Answer for the detector, whose heads hooks and metrics ask for."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "detector":
                raise
            return getattr(self.detector, name)

    def _tell_padding(self, height: int, width: int) -> None:
        """Say where the network's stride does not divide a tile's sides: they are padded."""
        divisor = getattr(self.detector.data_preprocessor, "pad_size_divisor", 1)
        tall, wide = self.pipeline(loaded(np.zeros((height, width, 3), np.uint8)))["inputs"].shape[
            -2:
        ]
        if tall % divisor or wide % divisor:
            padded = " x ".join(str(-(-side // divisor) * divisor) for side in (wide, tall))
            say_once(
                f"tiles of {width} x {height} px are {wide} x {tall} px to the network, which pads "
                f"them to {padded} px, multiples of its stride {divisor}"
            )

    def init_weights(self) -> None:
        self.detector.init_weights()

    def loss(self, batch_inputs: Tensor, batch_data_samples: list) -> dict:
        return self.detector.loss(batch_inputs, batch_data_samples)

    def extract_feat(self, batch_inputs: Tensor) -> tuple[Tensor, ...]:
        return self.detector.extract_feat(batch_inputs)

    def _forward(self, batch_inputs: Tensor, batch_data_samples: list | None = None) -> tuple:
        return self.detector._forward(batch_inputs, batch_data_samples)

    def predict(
        self, batch_inputs: Sequence[Tensor], batch_data_samples: list[DetDataSample]
    ) -> list[DetDataSample]:
        """Detect objects in whole pictures.

        Args:
            batch_inputs: Pictures as loaded, ``(3, H, W)`` uint8 each, of any sizes.
            batch_data_samples: Their samples.

        Returns:
            The samples with ``pred_instances`` in px of the pictures, on the CPU.
        """
        pictures = [image.permute(1, 2, 0).cpu().numpy() for image in batch_inputs]
        for found, sample in zip(self.detect(pictures), batch_data_samples, strict=True):
            sample.pred_instances = found
        return batch_data_samples

    def detect(self, pictures: Sequence[np.ndarray]) -> list[InstanceData]:
        """Detect objects in ``(H, W, 3)`` uint8 pictures, BGR: bboxes, scores, labels of each.

        Raises:
            InputError: The model has no ``pipeline``.
        """
        if self.pipeline is None:
            raise InputError(
                "tinydet.SlicedDetector has no pipeline for its tiles; load the config by "
                "tinydet.configuration.load_config, or write model.pipeline, the transforms of "
                "its test after loading"
            )
        first = self.full_image or self.skip_empty is not None
        whole = self.run(pictures) if first else [None] * len(pictures)
        grids = [
            self.tiles(*pixels.shape[:2], seen)
            for pixels, seen in zip(pictures, whole, strict=True)
        ]
        crops = [crop(p, tile) for p, grid in zip(pictures, grids, strict=True) for tile in grid]
        found = iter(self.run(crops))
        results = []
        for pixels, grid, seen in zip(pictures, grids, whole, strict=True):
            parts, tiles = [next(found) for _ in grid], grid
            if self.full_image:
                height, width = pixels.shape[:2]
                parts, tiles = [seen, *parts], np.concatenate([[[0, 0, width, height]], grid])
            results.append(self.joined(parts, tiles, pixels.shape[:2]))
        return results

    def run(self, crops: Sequence[np.ndarray]) -> list[InstanceData]:
        """Detect objects in crops, see :func:`tinydet.slicing.tile_batches.detect`."""
        return detect(self.detector, self.pipeline, crops, self.batch_size)

    def tiles(self, height: int, width: int, seen: InstanceData | None) -> np.ndarray:
        """Return the tiles to look at, ``(T, 4)``, given what the whole picture shows."""
        grids = [tile_grid(height, width, size, self.overlap) for size in self.sizes]
        for tall, wide in self.sizes:
            if tall > height or wide > width:
                say_once(
                    f"tiles of {wide} x {tall} px are larger than some pictures, which are padded"
                )
        tiles = np.unique(np.concatenate(grids), axis=0)
        if self.full_image:  # a tile that is the picture has been looked at
            tiles = tiles[(tiles != [0, 0, width, height]).any(1)]
        if self.skip_empty is not None:
            boxes = seen.bboxes[seen.scores >= self.skip_empty].numpy()[:, None]
            apart = (boxes[..., :2] >= tiles[:, 2:]) | (boxes[..., 2:] <= tiles[:, :2])
            tiles = tiles[(~apart.any(-1)).any(0)]
        return tiles

    def joined(
        self, parts: Sequence[InstanceData], tiles: np.ndarray, picture: tuple[int, int]
    ) -> InstanceData:
        """Return the objects of a picture.

        Args:
            parts: What :meth:`run` returned, of each tile.
            tiles: ``(T, 4)`` px; the whole picture is one of them where it was looked at.
            picture: Height and width, px.
        """
        boxes, scores, labels, tile = combined(parts, tiles)
        boxes, scores, labels = join(
            boxes, scores, labels, tile, tiles, picture, self.border, **self.merging
        )
        return InstanceData(bboxes=boxes.float(), scores=scores, labels=labels)


@functools.cache
def say_once(sentence: str) -> None:
    """Log a warning the first time."""
    print_log(f"SlicedDetector: {sentence}", "current", logging.WARNING)


def _scaled(size: Size, scale: float, overlap: float) -> tuple[int, int]:
    """Return the height and the width in px of the picture that a tile shows."""
    if not isinstance(scale, Real) or not scale > 0:
        raise InputError(f"scales: {scale!r} is no positive number")
    height, width = (max(1, round(side / scale)) for side in sides(size))
    for side in (height, width):
        overlap_of(side, overlap)
    return height, width


class WholeOrBatch(BaseDataPreprocessor):
    """The preprocessor of a detector in training; in tests pictures stay as they were loaded."""

    def __init__(self, preprocessor: nn.Module) -> None:
        super().__init__()
        self.preprocessor = preprocessor

    def forward(self, data: dict, training: bool = False) -> dict:
        return self.preprocessor(data, True) if training else data


def _without_prefix(module: nn.Module, state: dict, prefix: str, _: dict) -> None:
    """Write the keys of a checkpoint as the detector alone would."""
    for key in [key for key in state if key.startswith(f"{prefix}detector.")]:
        state[prefix + key[len(prefix) + len("detector.") :]] = state.pop(key)


def _with_prefix(module: nn.Module, state: dict, prefix: str, *_: object) -> None:
    own = f"{prefix}detector."
    for key in [key for key in state if key.startswith(prefix) and not key.startswith(own)]:
        state[own + key[len(prefix) :]] = state.pop(key)
