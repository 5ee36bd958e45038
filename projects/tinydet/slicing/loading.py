"""Tiles in the place of pictures: what a pipeline's loader loads.

A picture is decoded once, by the loader of the pipeline, for all tiles that are asked for while it
is kept. A TIFF or JPEG 2000 too large to be kept is read by window.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from mmcv.transforms import LoadImageFromFile

from tinydet.slicing.crops import crop
from tinydet.slicing.raster import Raster, is_raster
from tinydet.slicing.reading import tile_pixels


class Kept:
    """What was loaded last.

    Args:
        memory: Bytes of arrays; one is kept, however large it is.
    """

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self._found: OrderedDict[Any, Any] = OrderedDict()

    def get(self, key: Any, load: Callable[[], Any]) -> Any:
        """Return what a key stands for, loaded where it is not kept."""
        if key not in self._found:
            self._found[key] = load()
            while len(self._found) > 1 and self._bytes() > self.memory:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        return self._found[key]

    def __reduce__(self) -> tuple:
        return type(self), (self.memory,)  # to another process goes nothing that was loaded

    def _bytes(self) -> int:
        return sum(getattr(one, "nbytes", 0) for one in self._found.values())


class LoadTile:
    """A loader of pictures that loads the tile which ``results["tile"]`` names.

    Args:
        loader: Of the pipeline.
        kept: Pictures of the data set, shared by its loaders.
    """

    def __init__(self, loader: LoadImageFromFile, kept: Kept) -> None:
        self.loader, self.kept = loader, kept

    def __call__(self, results: dict) -> dict:
        """Put the pixels of a tile into ``results``, with mmcv's keys."""
        path, (height, width) = results["img_path"], results["picture_shape"]
        large = 3 * height * width > self.kept.memory
        key = os.getpid(), path, repr(self.loader)  # a file that is open serves one process
        if large and self.loader.color_type == "color" and is_raster(path):
            picture = self.kept.get(key, lambda: self._opened(path))
            pixels = tile_pixels(picture, results["tile"])[..., ::-1]
        else:
            picture = self.kept.get(key, lambda: self._decoded(path, height, width))
            pixels = crop(picture, results["tile"])
        kind = np.float32 if self.loader.to_float32 else pixels.dtype
        results["img"] = np.array(pixels, kind, order="C")  # a copy: transforms work in place
        results["img_shape"] = results["ori_shape"] = results["img"].shape[:2]
        return results

    def _decoded(self, path: str, height: int, width: int) -> np.ndarray:
        return self.loader(dict(img_path=path, height=height, width=width))["img"]

    def _opened(self, path: str) -> Raster:
        return Raster(path, stretch=getattr(self.loader, "stretch", None))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.loader!r})"


def load_tiles(steps: list, kept: Kept) -> None:
    """Make the loaders of a pipeline load tiles, those inside other transforms too, in place."""
    for number, step in enumerate(steps):
        if isinstance(step, LoadImageFromFile):
            steps[number] = LoadTile(step, kept)
            continue
        for inside in getattr(step, "__dict__", {}).values():
            inside = getattr(inside, "transforms", inside)  # of a Compose
            if isinstance(inside, list):
                load_tiles(inside, kept)
