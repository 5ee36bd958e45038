"""What a detector takes as a picture: a file, or an array of pixels."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from tinydet.errors import InputError

Source = str | Path | np.ndarray


def is_array(source: Source) -> bool:
    """Return whether the picture is pixels, not a file."""
    return isinstance(source, np.ndarray)


def pixels_of(array: np.ndarray) -> np.ndarray:
    """Return ``(H, W, 3)`` uint8 of an array.

    Raises:
        InputError: It is no picture.
    """
    gray = array.ndim == 2
    if array.dtype != np.uint8 or not (gray or (array.ndim == 3 and array.shape[2] == 3)):
        raise InputError(
            f"an array of shape {array.shape} and {array.dtype} is no picture; give (H, W, 3) RGB "
            "or (H, W) gray, uint8"
        )
    if not array.size:
        raise InputError(f"an array of shape {array.shape} has no pixels")
    return np.repeat(array[..., None], 3, 2) if gray else array


def key_of(source: Source) -> str:
    """Return what tells a picture from another, and a file from itself after a change."""
    if is_array(source):
        return f"array {source.shape} {hashlib.sha256(np.ascontiguousarray(source)).hexdigest()}"
    state = Path(source).stat()
    return f"{Path(source).resolve()} {state.st_size} {state.st_mtime_ns}"
