"""The tiles of a picture of any size, without the whole of it in memory where its file allows.

TIFF and JPEG 2000 are read by window (:mod:`tinydet.slicing.raster`), all else by one decode, by
the loader of the model's pipeline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tinydet.compat.padding import GRAY
from tinydet.datasets.file_kinds import has_16_bits
from tinydet.datasets.loading import LoadImageFromFile, as_seen, loader_of
from tinydet.datasets.pixels import Stretch, refusal
from tinydet.errors import InputError
from tinydet.slicing.ahead import computed_ahead
from tinydet.slicing.crops import padded
from tinydet.slicing.raster import UNSEEN, Raster, is_raster


class Decoded:
    """A picture that is in memory as a whole.

    Args:
        image: ``(H, W, 3)`` RGB, 8 bits.
        notes: Sentences on what of the file is not seen.
    """

    def __init__(self, image: np.ndarray, notes: Sequence[str] = ()) -> None:
        self.image, self.notes = image, list(notes)
        self.height, self.width = image.shape[:2]

    def pixels(self, x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
        """Return a window that lies in the picture, ``(y2 - y1, x2 - x1, 3)``."""
        return self.image[y1:y2, x1:x2]

    def reduced(self, longest: int) -> np.ndarray:
        """Return the whole picture, its longer side at most ``longest`` px."""
        factor = longest / max(self.height, self.width)
        if factor >= 1:
            return self.image
        size = [max(1, round(side * factor)) for side in (self.width, self.height)]
        return cv2.resize(self.image, size, interpolation=cv2.INTER_AREA)

    def close(self) -> None:
        """Do nothing, as there is no file."""


Picture = Raster | Decoded


def open_picture(
    path: str | Path,
    bands: Sequence[int] | None = None,
    stretch: Stretch | None = None,
    transforms: Iterable = (),
) -> Picture:
    """Open a picture file; close it by its ``close``.

    Args:
        path: The file.
        bands: See :class:`Raster`; the other formats have red, green and blue alone.
        stretch: See :class:`Raster`, in all formats. None takes that of the loader in
            ``transforms``.
        transforms: Of the model's pipeline, whose loader decodes; see :func:`as_seen`.

    Raises:
        InputError: See :class:`Raster` and :class:`tinydet.datasets.LoadImageFromFile`; 16 bits
            need a ``stretch`` in all formats.
    """
    try:
        by_window = is_raster(path)
    except OSError as error:
        raise InputError(f"image {path} cannot be read ({error.strerror})") from None
    if by_window:
        return Raster(path, bands, stretch or loader_of(transforms).stretch)
    if bands is not None and tuple(bands) != (1, 2, 3):
        raise InputError(f"{path}: bands={tuple(bands)} is for TIFF and JPEG 2000 alone")
    loader = loader_of(transforms)
    loader = loader if stretch is None else loader.with_stretch(stretch)
    _check_depth(path, loader)
    return Decoded(as_seen(path, [loader]), _transparency(path))


def _check_depth(path: str | Path, loader: LoadImageFromFile) -> None:
    """Refuse a PNG of 16 bits without a ``stretch``, as :class:`Raster` does a TIFF."""
    with open(path, "rb") as file:
        deep = has_16_bits(file)
    if deep and loader.stretch is None:
        raise refusal(path, "uint16")


def _transparency(path: str | Path) -> list[str]:
    """Return a sentence where a picture has an alpha band."""
    try:
        with Image.open(path) as image:
            return [UNSEEN.format(path)] * image.has_transparency_data
    except (OSError, ValueError, Image.DecompressionBombError):  # OpenCV reads more than Pillow
        return []


def tile_pixels(picture: Picture, tile: Sequence[int], padding: int = GRAY) -> np.ndarray:
    """Return the pixels of a tile; where it reaches beyond the picture, it is padded.

    Args:
        picture: From :func:`open_picture`.
        tile: x1, y1, x2, y2, px, its upper left corner in the picture.
        padding: Value of the pixels at the bottom and on the right that the picture has not.

    Returns:
        ``(y2 - y1, x2 - x1, 3)`` RGB, 8 bits.

    Raises:
        InputError: This part of the file is damaged.
    """
    x1, y1, x2, y2 = (int(value) for value in tile)
    seen = picture.pixels(x1, y1, min(x2, picture.width), min(y2, picture.height))
    return padded(seen, y2 - y1, x2 - x1, padding)


def read_ahead(
    picture: Picture, tiles: Iterable[Sequence[int]], ahead: int = 16, padding: int = GRAY
) -> Iterator[np.ndarray | InputError]:
    """Yield the pixels of tiles in their order, or what is wrong with one; a thread reads ahead.

    Args:
        picture: From :func:`open_picture`; nobody else may read from it meanwhile.
        tiles: ``(T, 4)``, row by row, in which order a striped file is decoded once.
        ahead: Tiles that are read while the model works, and wait in memory.
        padding: See :func:`tile_pixels`.
    """

    def read(tile: Sequence[int]) -> np.ndarray | InputError:
        try:
            return tile_pixels(picture, tile, padding)
        except InputError as error:
            return error

    yield from computed_ahead(read, tiles, ahead)  # GDAL's readers take one thread at a time
