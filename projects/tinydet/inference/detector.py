"""A trained detector as a Python object: arrays, files and pictures of any size in, boxes out."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.structures import InstanceData

from tinydet.boxes import Boxes
from tinydet.checkpoints import load_model
from tinydet.configuration import load_config
from tinydet.configuration.sliced import slice_pipelines
from tinydet.datasets.pixels import Stretch
from tinydet.devices import usable_device
from tinydet.errors import InputError
from tinydet.inference.finished import FinishedTiles
from tinydet.inference.found import Found
from tinydet.inference.of_config import class_names, labels_of, test_pipeline
from tinydet.inference.reduction import Reduction
from tinydet.inference.source import Source, is_array, key_of, pixels_of
from tinydet.inference.windows import PICTURE, as_arrays, as_instances, by_window
from tinydet.slicing.ahead import computed_ahead
from tinydet.slicing.detector import SlicedDetector
from tinydet.slicing.geometry import Size
from tinydet.slicing.raster import Raster
from tinydet.slicing.reading import Decoded, Picture, open_picture
from tinydet.slicing.tile_batches import detect

LARGE = 2**26  # px, 200 MB: a picture of more is read by tile where its file allows


class Detector:
    """Detect objects in pictures by the weights of a training.

    ``Detector("config.py", "best.pth", slice=640)("scene.tif").boxes``

    Args:
        config: A config file, or a loaded config.
        checkpoint: File of the weights, or its URL.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        slice: Side of the tiles, px of the picture, or height and width; None looks at pictures
            as the config's test does.
        overlap: Of neighboring tiles: whole px, or a share of the side.
        batch_size: Pictures or tiles that go through the network together, which fills a GPU.
        score_thr: Detections of lower scores are left out.
        classes: Names of the classes to keep; None keeps all.
        bands: Of TIFF and JPEG 2000, see :class:`tinydet.slicing.raster.Raster`.
        stretch: Of pictures deeper than 8 bits; None takes that of the config's loader.
        options: ``{"a.b": value}`` merged over a config file.
        **slicing: More arguments of :class:`tinydet.slicing.detector.SlicedDetector`.

    Raises:
        InputError: A file or an argument that cannot be used.
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        *,
        device: str = "auto",
        slice: Size | None = None,
        overlap: float = 0.2,
        batch_size: int = 1,
        score_thr: float = 0.3,
        classes: Sequence[str] | None = None,
        bands: Sequence[int] | None = None,
        stretch: Stretch | None = None,
        options: dict | None = None,
        **slicing,
    ) -> None:
        loaded = isinstance(config, Config)
        config = copy.deepcopy(config) if loaded else load_config(config, options)
        if slice is not None:
            own = dict(size=slice, overlap=overlap, batch_size=batch_size, **slicing)
            config.model = dict(type="tinydet.SlicedDetector", detector=config.model, **own)
            slice_pipelines(config)
        elif slicing:
            raise InputError(f"{', '.join(slicing)}: without slice=SIZE there are no tiles")
        self.config, self.checkpoint = config, checkpoint
        self.model = load_model(config, checkpoint, usable_device(device))
        self.classes = class_names(self.model, config)
        self.labels = labels_of(classes, self.classes)
        self.batch_size, self.score_thr = batch_size, score_thr
        transforms = test_pipeline(config).transforms
        self.read = partial(open_picture, bands=bands, stretch=stretch, transforms=transforms)
        self._rest = Compose(transforms[1:])
        self._reduction = Reduction(self.model, self._rest)
        self._reading = dict(bands=bands, stretch=stretch)

    def __call__(self, source: Source | Sequence[Source]) -> Found | list[Found]:
        """Detect objects in a picture, or in each of a list.

        Args:
            source: A file, or ``(H, W, 3)`` RGB or ``(H, W)`` gray pixels, uint8; or a list.

        Raises:
            InputError: A picture cannot be read, or an array is no picture.
        """
        one = isinstance(source, str | Path | np.ndarray)
        found = list(self.stream([source] if one else source))
        for each in found:
            if isinstance(each, str):
                raise InputError(each)
        return found[0] if one else found

    def stream(
        self,
        sources: Iterable[Source],
        finished: FinishedTiles | None = None,
        progress: Callable[[int, int], None] = lambda done, more: None,
    ) -> Iterator[Found | str]:
        """Yield what is found in each picture, in order, or what is wrong with it.

        Args:
            sources: See :meth:`__call__`.
            finished: Detections of an earlier run are taken from there, new ones kept there.
            progress: Called with the steps done, and those that have become known beside one a
                picture: the tiles of a large one.
        """
        chunks = iter(partial(_taken, iter(sources), self.batch_size), [])
        for chunk, opened in computed_ahead(self._opened, chunks, 1):
            small = [
                number
                for number, picture in enumerate(opened)
                if not isinstance(picture, str) and not self._is_large(picture)
            ]
            keys = {number: key_of(chunk[number]) for number in small} if finished else {}
            results = self._small({number: opened[number] for number in small}, keys, finished)
            for number, (source, picture) in enumerate(zip(chunk, opened, strict=True)):
                progress(1, 0)
                if isinstance(picture, str):
                    yield picture
                    continue
                problems: list[str] = []
                objects = results.get(number)
                if objects is None:
                    key = key_of(source)
                    objects, problems = by_window(self.model, picture, key, finished, progress)
                yield self._found(source, picture, objects, problems)
                picture.close()

    def settings(self) -> dict[str, object]:
        """Return what the detections of a tile depend on, for :class:`FinishedTiles`."""
        model = {key: value for key, value in self.config.model.items() if key != "batch_size"}
        wanted = [model, self.config.test_dataloader.dataset]
        wanted = json.dumps(wanted, default=str, sort_keys=True)
        weights = Path(self.checkpoint)
        return dict(
            config=hashlib.sha256(wanted.encode()).hexdigest(),
            checkpoint=hashlib.sha256(weights.read_bytes()).hexdigest()
            if weights.is_file()
            else str(self.checkpoint),
            **self._reading,
        )

    def _opened(self, sources: list[Source]) -> tuple[list[Source], list[Picture | str]]:
        """Return the sources, and the picture of each or what is wrong with it."""
        return sources, [self._open(source) for source in sources]

    def _open(self, source: Source) -> Picture | str:
        try:
            picture = Decoded(pixels_of(source)) if is_array(source) else self.read(source)
            if isinstance(picture, Raster) and not self._is_large(picture):
                pixels = picture.pixels(0, 0, picture.width, picture.height)
                picture.close()
                return Decoded(pixels, picture.notes)
        except InputError as error:
            return str(error)
        return picture

    def _is_large(self, picture: Picture) -> bool:
        large = picture.height * picture.width > LARGE
        return large and isinstance(picture, Raster) and isinstance(self.model, SlicedDetector)

    def _small(
        self, pictures: dict[int, Decoded], keys: dict[int, str], finished: FinishedTiles | None
    ) -> dict[int, InstanceData]:
        """Return the objects of pictures in memory, by number, from an earlier run where it can."""
        results = {}
        for number, key in keys.items():
            done = finished.of(key)
            if PICTURE in done:
                results[number] = as_instances(done[PICTURE])
        left = [number for number in pictures if number not in results]
        new = dict(zip(left, self._whole([pictures[k] for k in left]), strict=True))
        if finished:
            finished.add([(keys[k], PICTURE, as_arrays(found)) for k, found in new.items()])
        return results | new

    def _whole(self, pictures: Sequence[Decoded]) -> list[InstanceData]:
        """Return the objects of pictures that are in memory."""
        if not pictures:
            return []
        pixels = [np.ascontiguousarray(picture.image[..., ::-1]) for picture in pictures]  # BGR
        if isinstance(self.model, SlicedDetector):
            with torch.no_grad():
                return self.model.detect(pixels)
        return detect(self.model, self._rest, pixels, self.batch_size)

    def _found(
        self, source: Source, picture: Picture, objects: InstanceData, problems: list[str]
    ) -> Found:
        boxes = Boxes(*(objects[key].numpy() for key in ("bboxes", "labels", "scores")))
        boxes = boxes[(boxes.scores >= self.score_thr) & np.isin(boxes.class_ids, self.labels)]
        boxes = boxes[np.argsort(-boxes.scores, kind="stable")]
        array = is_array(source)
        return Found(
            "array" if array else Path(source).name,
            picture.width,
            picture.height,
            boxes,
            self.classes,
            partial(Decoded, picture.image) if array else partial(self.read, source),
            None if array else Path(source),
            [*picture.notes, *self._reduction.notes(picture.height, picture.width)],
            problems,
        )


def _taken(sources: Iterator[Source], count: int) -> list[Source]:
    return list(islice(sources, count))
