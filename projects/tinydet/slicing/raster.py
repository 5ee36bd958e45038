"""TIFF and JPEG 2000 pictures of any size, read by window through rasterio (GDAL).

A window of a striped file decodes whole rows of the picture. GDAL keeps decoded blocks, so that
windows taken row by row decode each strip once.
"""

from __future__ import annotations

import contextlib
import types
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinydet.datasets.pixels import (
    Stretch,
    checked_stretch,
    limits_of,
    refusal,
    sample_step,
    spread,
)
from tinydet.errors import InputError
from tinydet.slicing.bands import band_names, chosen_bands, palette_of

# First bytes: TIFF and BigTIFF of both byte orders, JPEG 2000 as a file and as a bare codestream.
MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")
CACHE = 2**28  # bytes of decoded blocks that GDAL keeps at least; its default is 5 % of the memory
UNSEEN = "{} has an alpha band, which is left out: transparent pixels are seen as they are stored"
ROWS = 1024  # px: so many rows of a picture are kept, however wide it is


def is_raster(path: str | Path) -> bool:
    """Tell whether a file is a TIFF or a JPEG 2000, by its first bytes."""
    with open(path, "rb") as file:
        return file.read(8).startswith(MAGIC)


def rasterio_for(purpose: str) -> types.ModuleType:
    """Return the module ``rasterio``, an extra of this package.

    Args:
        purpose: What needs it: the start of the sentence.

    Raises:
        InputError: It cannot be imported.
    """
    try:
        import rasterio
    except ImportError as error:
        raise InputError(
            f"{purpose} needs rasterio ({error}); install it by pip install -e .[geo]"
        ) from None
    return rasterio


def open_raster(path: str | Path, purpose: str) -> Any:
    """Return rasterio's reader of a file.

    Raises:
        InputError: rasterio is not installed, or cannot open the file.
    """
    rasterio = rasterio_for(purpose)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        try:
            return rasterio.open(path)
        except rasterio.errors.RasterioIOError as error:
            raise InputError(f"{path} cannot be opened by rasterio: {error}") from None


def georeference(path: str | Path) -> tuple[Any, Any]:
    """Return where a picture lies on Earth: rasterio's CRS and its transform from px.

    A world file beside the picture (``.tfw``, ``.jgw``, ``.pgw``) gives the transform alone.
    Either is None where the picture has none.
    """
    with open_raster(path, f"{path}: its georeference") as file:
        return file.crs, None if file.transform.is_identity else file.transform


class Raster:
    """An open TIFF or JPEG 2000.

    Args:
        path: The file.
        bands: Numbers, from 1, of the bands that are red, green and blue, or of one gray band;
            None: see :func:`tinydet.slicing.bands.chosen_bands`.
        stretch: Which values of more than 8 bits become black and white, as
            :class:`tinydet.datasets.LoadImageFromFile` has it; ``"percentile"`` looks at about
            65,000 pixels of the picture.

    Attributes:
        height: Of the picture, px.
        width: Of the picture, px.
        notes: Sentences on what of the file is not seen.

    Raises:
        InputError: rasterio is missing, the file cannot be opened, a band does not exist, or
            values of more than 8 bits have no ``stretch``.
    """

    def __init__(
        self,
        path: str | Path,
        bands: Sequence[int] | None = None,
        stretch: Stretch | None = None,
    ) -> None:
        self.path = path
        self._file = open_raster(path, f"{path}: a TIFF or JPEG 2000")
        self.height, self.width = self._file.height, self._file.width
        names = band_names(self._file)
        self._bands = chosen_bands(path, names, bands)
        unseen = [name for number, name in enumerate(names, 1) if number not in self._bands]
        self.notes = [UNSEEN.format(path)] * ("alpha" in unseen)
        self._palette = palette_of(self._file, self._bands)
        self._stretch = self._settled(checked_stretch(stretch))

    def pixels(self, x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
        """Return the RGB pixels of a window that lies in the picture, ``(y2 - y1, x2 - x1, 3)``.

        Raises:
            InputError: This part of the file is damaged.
        """
        return self._seen(self._values(x1, y1, x2, y2))

    def _seen(self, values: np.ndarray) -> np.ndarray:
        """Return RGB, ``(H, W, 3)`` 8 bits, of values ``(1, H, W)`` or ``(3, H, W)``."""
        values = spread(values, self._stretch)
        if self._palette is not None:
            return self._palette[values[0]]
        rgb = np.broadcast_to(values, (3, *values.shape[1:]))  # of one band, too
        return np.ascontiguousarray(rgb.transpose(1, 2, 0))

    def reduced(self, longest: int) -> np.ndarray:
        """Return the whole picture, its longer side at most ``longest`` px: ``(H, W, 3)`` RGB.

        Pixels are means, of overviews where the file has them. Damaged parts are black.
        """
        factor = min(1, longest / max(self.height, self.width))
        height, width = (max(1, round(side * factor)) for side in (self.height, self.width))
        rows = max(1, round(ROWS * factor))
        parts = []
        for top in range(0, height, rows):
            bottom = min(top + rows, height)
            ends = round(top / height * self.height), round(bottom / height * self.height)
            shape = len(self._bands), bottom - top, width
            try:
                values = self._values(0, ends[0], self.width, ends[1], shape)
            except InputError:  # told where a tile needs these rows
                values = np.zeros(shape, self._file.dtypes[0])
            parts.append(self._seen(values))
        return np.concatenate(parts)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _values(
        self, x1: int, y1: int, x2: int, y2: int, shape: tuple[int, ...] | None = None
    ) -> np.ndarray:
        """Return the values of the file, ``(1, H, W)`` or ``(3, H, W)``; means for a ``shape``."""
        import rasterio

        numbers = self._palette is not None  # of colors, of which there is no mean
        how = rasterio.enums.Resampling.nearest if numbers else rasterio.enums.Resampling.average
        options = dict(window=((y1, y2), (x1, x2)), out_shape=shape, resampling=how)
        try:
            with rasterio.Env(GDAL_CACHEMAX=self._cache()):
                return self._file.read(self._bands, **options)
        except rasterio.errors.RasterioIOError as error:
            raise InputError(
                f"{self.path}: the window x {x1}-{x2}, y {y1}-{y2} cannot be read "
                f"({error.__cause__ or error})"
            ) from None

    def _cache(self) -> int:
        """Return the bytes of decoded blocks to keep: a row of tiles needs the same ones."""
        row = self.width * self._file.count * np.dtype(self._file.dtypes[0]).itemsize
        return max(CACHE, ROWS * row)

    def _settled(self, stretch: Stretch | None) -> Stretch | None:
        """Return the values that become black and white; None for 8 bits, which stay."""
        kind = self._file.dtypes[0]
        if kind == "uint8":
            return None
        if kind.startswith("complex"):
            raise InputError(f"{self.path} holds {kind} values, of which no picture can be made")
        if stretch is None:
            raise refusal(self.path, kind)
        return limits_of(self._sample()) if stretch == "auto" else stretch

    def _sample(self) -> np.ndarray:
        """Return the values that ``limits`` would look at, but those that stand for no data."""
        step = sample_step(self.height, self.width)
        rows = []
        for y in range(0, self.height, step):
            with contextlib.suppress(InputError):  # told where a tile needs these rows
                rows.append(self._values(0, y, self.width, y + 1)[..., ::step].ravel())
        found = np.concatenate(rows) if rows else np.zeros(0)
        return found[found != self._file.nodata]  # None equals no number
