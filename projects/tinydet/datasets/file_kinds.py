"""Kinds of picture files that OpenCV does not read, or reads as something else."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import BinaryIO

from PIL import Image, TiffImagePlugin

SIDE, AREA = 1_000_000, 2**30  # pixels: libpng's limit (OpenCV's is 2**20) and OpenCV's
TIFF = (b"II*\0", b"MM\0*")
KINDS = {1: "unsigned", 2: "signed", 3: "float"}
GRAY_LEVELS = {"", *(f"unsigned {bits} bit" for bits in (1, 2, 4, 8, 16))}
BANDS, BITS, FORMAT = 277, 258, 339  # tags of TIFF


def values_of(file: BinaryIO) -> str:
    """Return what a TIFF file holds, as "signed 16 bit"; nothing for other files."""
    tags = _tags(file)
    return f"{KINDS.get(tags[FORMAT], 'other')} {tags[BITS]} bit" if tags else ""


def has_16_bits(file: BinaryIO) -> bool:
    """Tell whether a PNG or TIFF file holds 16 bits a value, from its head alone."""
    file.seek(0)
    start = file.read(25)
    if start.startswith(b"\x89PNG"):
        return start[24:] == b"\x10"  # IHDR: width, height, bits
    return values_of(file) == "unsigned 16 bit"


def kind_problem(file: BinaryIO, stretched: bool) -> str:
    """Return why a TIFF file is no picture to a detector, or an empty string.

    Args:
        file: Open for reading.
        stretched: Whether its values, of whatever kind, are spread over the gray levels.
    """
    bands, values = _tags(file).get(BANDS, 1), values_of(file)
    if bands > 4:
        return (
            f"has {bands} bands, and a picture has one or three; write three of them to a file of "
            "their own"
        )
    if values in GRAY_LEVELS or stretched:
        return ""
    return (
        f"holds {values} values, which are no gray levels; give tinydet.LoadImageFromFile "
        "stretch=(low, high), the values that become black and white, wherever the config has it"
    )


def _tags(file: BinaryIO) -> dict[int, int]:
    """Return the first number of some tags of a TIFF file; nothing for other files."""
    file.seek(0)
    start = file.read(8)
    if not start.startswith(TIFF) or len(start) < 8:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a damaged file is told by who decodes it
        tags = TiffImagePlugin.ImageFileDirectory_v2(start)
        file.seek(tags.next)
        tags.load(file)
        numbers = {key: tags.get(key, 1) for key in (BANDS, BITS, FORMAT)}
    return {key: value[0] if isinstance(value, tuple) else value for key, value in numbers.items()}


def too_large(path: str | Path) -> str:
    """Return by what a picture exceeds OpenCV's limits, or an empty string."""
    try:
        with Image.open(path) as image:
            width, height = image.size
    except Image.DecompressionBombError as error:  # Pillow's limit is lower, and it says the number
        number = re.search(r"\((\d+) pixels\)", str(error))
        pixels = int(number[1]) if number else 0
        area = f"has {pixels:,} px, and OpenCV reads at most {AREA:,}; cut it into tiles"
        return area if pixels > AREA else ""
    except (OSError, SyntaxError, ValueError):
        return ""
    sides = (
        f"has {width} x {height} px, and OpenCV reads at most {SIDE:,} a side; cut it into tiles"
    )
    return sides if max(width, height) > SIDE else ""
