"""Map images of more than 8 bits to the 256 gray levels that a model sees.

OpenCV reduces 16 bits to 8 by dropping the lower bits, as in published results. This leaves 64 gray
levels of a thermal camera's 14 bits, and four levels of a scene that spans a few degrees.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from tinydet.datasets.file_kinds import GRAY_LEVELS, has_16_bits, values_of
from tinydet.errors import InputError

Stretch = str | tuple[float, float]
ENDS = (0.1, 99.9)  # percentiles of "auto"; dead pixels and hot spots lie beyond them
FEW = 64  # gray levels that OpenCV leaves of 14 bits


def checked_stretch(stretch: object) -> Stretch | None:
    """Return a config's ``stretch``; ``"percentile"`` is another name of ``"auto"``.

    Raises:
        InputError: The value is neither ``"auto"`` nor two numbers in ascending order.
    """
    if stretch is None or stretch in ("auto", "percentile"):
        return stretch and "auto"
    numbers = tuple(stretch) if isinstance(stretch, list | tuple) else ()
    plain = len(numbers) == 2 and {int, float}.issuperset(map(type, numbers))
    if plain and -np.inf < numbers[0] < numbers[1] < np.inf:
        return numbers
    raise InputError(
        f"stretch={stretch!r} is neither 'auto' nor (low, high), the values "
        "that become black and white"
    )


def refusal(path: str | Path, kind: str) -> InputError:
    """Return the error for a picture of ``kind`` values, such as ``uint16``, without a stretch."""
    return InputError(
        f"{path} holds {kind} values, and a detector sees 8 bits; give stretch='percentile', or "
        "stretch=(low, high), the values that become black and white"
    )


def decode(data: bytes, gray: bool = False) -> np.ndarray | None:
    """Decode a file's bytes in the file's own bit depth; None if OpenCV fails.

    Returns:
        ``(H, W, 3)`` BGR, or ``(H, W)`` if ``gray``, rotated as EXIF states.
    """
    buffer = np.frombuffer(data, np.uint8)
    if values_of(io.BytesIO(data)) in GRAY_LEVELS:
        color = cv2.IMREAD_GRAYSCALE if gray else cv2.IMREAD_COLOR
        return cv2.imdecode(buffer, color | cv2.IMREAD_ANYDEPTH)
    pixels = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)  # the only flag for floats of one band
    if pixels is None or gray == (pixels.ndim == 2):
        return pixels
    return pixels[..., :3].mean(-1) if gray else np.stack([pixels] * 3, -1)


def limits(pixels: np.ndarray) -> tuple[float, float]:
    """Return the values between which nearly all pixels of a ``(H, W)`` or ``(H, W, C)`` lie."""
    step = sample_step(*pixels.shape[:2])
    return limits_of(pixels[::step, ::step])


def sample_step(height: int, width: int) -> int:
    """Return of how many rows, and columns, one is looked at: milliseconds, not tens."""
    return max(1, int((height * width) ** 0.5) // 256)


def limits_of(sample: np.ndarray) -> tuple[float, float]:
    """Return the values between which nearly all of a sample of pixels lie."""
    sample = sample[np.isfinite(sample)]
    return tuple(np.percentile(sample, ENDS).tolist()) if len(sample) else (0.0, 0.0)


def spread(pixels: np.ndarray, stretch: Stretch) -> np.ndarray:
    """Return 8-bit pixels: ``255 (v - low) / (high - low)``, clipped and rounded.

    Args:
        pixels: Pixels of any bit depth; 8-bit pixels are not changed. NaN becomes black.
        stretch: ``(low, high)``, or ``"auto"`` for the :func:`limits` of the image.
    """
    if pixels.dtype == np.uint8:
        return pixels
    low, high = limits(pixels) if stretch == "auto" else stretch
    if pixels.dtype == np.uint16:  # a lookup table is ten times as fast
        return _linear(np.arange(2**16), low, high)[pixels]
    return _linear(pixels, low, high)


def _linear(values: np.ndarray, low: float, high: float) -> np.ndarray:
    with np.errstate(over="ignore"):  # low == high: values above are white
        shares = (values.astype(np.float64) - low) / max(high - low, np.finfo(np.float64).tiny)
    return np.rint(255 * np.nan_to_num(np.clip(shares, 0, 1))).astype(np.uint8)


def narrow_range(paths: Sequence[str | Path], count: int = 8) -> str:
    """Detect 16-bit images that OpenCV would reduce to a few gray levels.

    Args:
        paths: Image files.
        count: Number of files to read, evenly spaced.

    Returns:
        A sentence with the ``stretch`` to set, or an empty string.
    """
    chosen = {int(place) for place in np.linspace(0, len(paths) - 1, min(count, len(paths)))}
    seen = [ends for place in sorted(chosen) if (ends := _ends_of_16_bits(Path(paths[place])))]
    if not seen:
        return ""
    low = int(min(low for low, _ in seen)) // 100 * 100
    high = (int(max(high for _, high in seen)) // 100 + 1) * 100
    levels = max(int(high) // 256 - int(low) // 256 + 1 for low, high in seen)
    if levels > FEW:
        return ""
    return (
        f"16-bit images use values of about {low} to {high} of 65535, of which a model sees at "
        f"most {levels} gray levels of 256 ({len(seen)} images were read); to use all gray levels, "
        f"write stretch=({low}, {high}), or stretch='auto', in every tinydet.LoadImageFromFile of "
        "the config"
    )


def _ends_of_16_bits(path: Path) -> tuple[float, float] | None:
    """Return the :func:`limits` of a 16-bit image; None for other or unreadable files."""
    try:
        with open(path, "rb") as file:
            pixels = decode(path.read_bytes()) if has_16_bits(file) else None
    except (OSError, SyntaxError, ValueError, cv2.error):  # reported when the file is loaded
        return None
    return None if pixels is None else limits(pixels)
