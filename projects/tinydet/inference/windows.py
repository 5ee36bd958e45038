"""A picture that is too large for the memory: read, detected and kept tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from mmengine.structures import InstanceData

from tinydet.errors import InputError
from tinydet.inference.finished import FinishedTiles, TileFound
from tinydet.slicing.detector import SlicedDetector
from tinydet.slicing.raster import Raster
from tinydet.slicing.reading import read_ahead

WHOLE = 4096  # px, longer side of the reduced picture that is looked at for large objects
WHOLE_TILE = -1  # its number among the finished tiles
PICTURE = -2  # that of a picture that was detected in memory


def by_window(
    model: SlicedDetector,
    picture: Raster,
    key: str,
    finished: FinishedTiles | None = None,
    progress: Callable[[int, int], None] = lambda done, more: None,
) -> tuple[InstanceData, list[str]]:
    """Detect objects in a picture of any size.

    Args:
        model: In evaluation mode.
        picture: Open; a window of it is read at a time.
        key: Names the picture among the finished tiles.
        finished: See :class:`FinishedTiles`; None keeps nothing.
        progress: Called with the tiles that are done, and with those that have become known.

    Returns:
        The objects in px of the picture, on the CPU, and what could not be read.
    """
    shape = picture.height, picture.width
    done = finished.of(key) if finished else {}
    problems: list[str] = []
    whole = None
    if model.full_image or model.skip_empty is not None:
        whole = done.get(WHOLE_TILE) or _reduced(model, picture)
        if finished and WHOLE_TILE not in done:
            finished.add([(key, WHOLE_TILE, whole)])
    tiles = model.tiles(*shape, None if whole is None else as_instances(whole))
    tiles = tiles[np.lexsort(tiles.T[:2])]  # row by row, as strips of a file lie
    progress(len(done.keys() - {WHOLE_TILE}), len(tiles))
    left = [number for number in range(len(tiles)) if number not in done]
    read = zip(left, read_ahead(picture, tiles[left]), strict=True)
    for batch in _batches(read, model.batch_size):
        good = [(number, pixels) for number, pixels in batch if not isinstance(pixels, InputError)]
        problems += [str(pixels) for _, pixels in batch if isinstance(pixels, InputError)]
        crops = [np.ascontiguousarray(pixels[..., ::-1]) for _, pixels in good]  # BGR
        found = [as_arrays(objects) for objects in model.run(crops)]
        for (number, _), objects in zip(good, found, strict=True):
            done[number] = objects
        if finished:
            numbers = [number for number, _ in good]
            finished.add([(key, *pair) for pair in zip(numbers, found, strict=True)])
        progress(len(batch), 0)
    numbers = [number for number in range(len(tiles)) if number in done]
    parts, places = [done[number] for number in numbers], tiles[numbers]
    if model.full_image:
        parts = [whole, *parts]
        places = np.concatenate([[[0, 0, picture.width, picture.height]], places])
    return model.joined([as_instances(part) for part in parts], places, shape), problems


def _reduced(model: SlicedDetector, picture: Raster) -> TileFound:
    """Return what the reduced picture shows, in px of the picture."""
    pixels = picture.reduced(WHOLE)
    found = as_arrays(model.run([np.ascontiguousarray(pixels[..., ::-1])])[0])
    ratio = np.array([picture.width / pixels.shape[1], picture.height / pixels.shape[0]] * 2)
    return found._replace(boxes=(found.boxes * ratio).astype(np.float32))


def _batches(items: Iterator, size: int) -> Iterator[Sequence]:
    while batch := list(islice(items, size)):
        yield batch


def as_arrays(objects: InstanceData) -> TileFound:
    """Return what a model found, to be kept."""
    return TileFound(*(objects[key].numpy() for key in ("bboxes", "scores", "labels")))


def as_instances(found: TileFound) -> InstanceData:
    """Return what was kept as a model gives it."""
    boxes, scores, labels = (torch.from_numpy(np.array(column)) for column in found)
    return InstanceData(bboxes=boxes, scores=scores, labels=labels)
