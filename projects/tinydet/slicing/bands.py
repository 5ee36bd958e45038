"""Which bands of a TIFF or JPEG 2000 are seen as red, green and blue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinydet.errors import InputError

RGB = ("red", "green", "blue")


def band_names(file: Any) -> list[str]:
    """Return what rasterio's reader of a file calls its bands, such as red, gray or alpha."""
    return [meaning.name for meaning in file.colorinterp]


def chosen_bands(path: str | Path, names: list[str], bands: Sequence[int] | None) -> list[int]:
    """Return the numbers, from 1, of the three bands to see, or of the one.

    Args:
        path: The file, for the sentences.
        names: Of its bands.
        bands: Those asked for; None takes red, green and blue where the file names them, else its
            three bands, or its one, beside alpha.

    Raises:
        InputError: A band does not exist, or the file does not tell which of many to see.
    """
    count = len(names)
    has = f"{path} has {count} band{'s' * (count > 1)}"
    if bands is not None:
        missing = [band for band in bands if band not in range(1, count + 1)]
        if missing:
            raise InputError(
                f"{has} and no band {missing[0]}, asked for by bands={tuple(bands)}; the first is 1"
            )
        if len(bands) not in (1, 3):
            raise InputError(f"bands={tuple(bands)}; write three of them, or one to be seen gray")
        return list(bands)
    if "cyan" in names:
        raise InputError(f"{path} is CMYK, made for print; convert it to RGB")
    if set(RGB) <= set(names):
        return [names.index(name) + 1 for name in RGB]
    opaque = [number for number, name in enumerate(names, 1) if name != "alpha"]
    if len(opaque) in (1, 3):
        return opaque
    raise InputError(
        f"{has} and does not say which are red, green and blue; name three of them, or one, by "
        "bands=(1, 2, 3)"
    )


def palette_of(file: Any, bands: list[int]) -> np.ndarray | None:
    """Return the RGB color of each value, ``(256, 3)``; None where values are gray levels.

    Values are numbers of colors, or have less than 8 bits, of which the highest is white.
    """
    if "palette" in band_names(file):
        table = file.colormap(bands[0])
        return np.array([table.get(value, (0, 0, 0))[:3] for value in range(256)], np.uint8)
    bits = int(file.tags(bands[0], ns="IMAGE_STRUCTURE").get("NBITS", 8))
    if bits >= 8:
        return None
    levels = np.minimum(np.arange(256) * 255 // (2**bits - 1), 255)
    return np.repeat(levels[:, None], 3, 1).astype(np.uint8)
