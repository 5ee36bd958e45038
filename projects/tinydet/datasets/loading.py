"""Load images, and notice the damaged ones.

OpenCV decodes, as everywhere in mmdet, so that pixels are those of published results (Pillow
would saturate 16-bit gray images, which thermal cameras write), and whatever draws or reports reads
by :func:`as_seen`. But OpenCV 4 fills what a
truncated JPEG lacks with gray and returns it as if nothing had happened; OpenCV 5 returns none.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import LoadImageFromFile as MMCVLoadImageFromFile
from PIL import Image

from tinydet.datasets.file_kinds import kind_problem, too_large
from tinydet.datasets.pixels import Stretch, checked_stretch, decode, spread
from tinydet.errors import InputError
from tinydet.registry import TRANSFORMS

logging.getLogger("PIL").setLevel(logging.INFO)  # its debug lines drown a verbose log

# First bytes of a format, and the last ones of a complete file.
ENDINGS = {b"\xff\xd8": b"\xff\xd9", b"\x89PNG": b"IEND\xaeB`\x82"}


def is_truncated(path: str | Path) -> bool:
    """Tell whether a JPEG or PNG file ends too early.

    A few bytes at both ends answer it for nearly all files, in microseconds. Some programs append
    data of their own, others pad with zeros: there Pillow decodes the file, which takes as long as
    OpenCV does.

    Raises:
        OSError: The file cannot be read.
    """
    with open(path, "rb") as file:
        start = file.read(4)
        file.seek(max(0, os.fstat(file.fileno()).st_size - 8))
        end = file.read()
        for first, last in ENDINGS.items():
            if start.startswith(first) and not end.endswith(last):
                file.seek(0)
                return not _pillow_decodes(file)
    return False


def _pillow_decodes(file: io.BufferedReader) -> bool:
    try:
        with Image.open(file) as image:
            image.load()
    except Image.DecompressionBombError:  # beyond 179 million pixels: OpenCV decides alone
        return True
    except (OSError, SyntaxError, ValueError):  # a broken chunk is a SyntaxError to Pillow
        return False
    return True


@TRANSFORMS.register_module()
class LoadImageFromFile(MMCVLoadImageFromFile):
    """mmcv's transform for local files, with a check of the file and of the result.

    Args:
        stretch: ``(low, high)``: the values of a file of more than 8 bits that become black and
            white, with 256 gray levels between them. ``"auto"`` takes them from each picture, all
            but its extreme 0.1 % of pixels at each end, so that values of two pictures cannot be
            compared. None drops the lower bits, as OpenCV does, and reads no floats. Pictures of
            8 bits stay as they are.
        **kwargs: Everything mmcv's ``LoadImageFromFile`` takes, except ``ignore_empty``, which
            skips in silence; the data set's ``skip_bad_images`` counts and names.

    Raises:
        InputError: The file is missing, truncated, not an image, of a kind that is none to a
            detector, or not of the size that the annotation file states (``height`` and ``width``
            of the results), so that its boxes would be wrong.
    """

    def __init__(self, stretch: Stretch | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.stretch = checked_stretch(stretch)
        if self.stretch and self.color_type not in ("color", "grayscale"):
            raise InputError(
                f"LoadImageFromFile: stretch needs color_type 'color' or 'grayscale', not "
                f"{self.color_type!r}"
            )
        if self.ignore_empty:
            raise InputError(
                "tinydet.LoadImageFromFile: ignore_empty would skip images without a word; set "
                "skip_bad_images=True on the data set instead (tools/train.py --skip-bad-images)"
            )

    def transform(self, results: dict) -> dict:
        problem = self.load(results)
        if problem:
            raise InputError(
                f"image {problem}; correct it, or train without it by --skip-bad-images"
            )
        return results

    def check(self, path: str | Path, height: int | None = None, width: int | None = None) -> str:
        """Decode an image and return what is wrong with the file, or an empty string.

        Args:
            path: Image file.
            height: Height in pixels that the annotation file states; None skips the comparison.
            width: Width in pixels, likewise.
        """
        return self.load(dict(img_path=str(path), height=height, width=width))

    def load(self, results: dict) -> str:
        """Load the image into ``results``; return what is wrong with the file, or nothing."""
        path = results["img_path"]
        try:
            if is_truncated(path):
                return f"{path} is truncated"
            with open(path, "rb") as file:
                problem = kind_problem(file, stretched=bool(self.stretch))
            if problem:
                return f"{path} {problem}"
            self._read(results)
        except FileNotFoundError:
            return f"{path} does not exist"
        except OSError as error:
            return f"{path} cannot be read ({error.strerror or error})"
        except (AssertionError, ValueError, SyntaxError, cv2.error):  # what mmcv's decoders raise
            return f"{path} {too_large(path) or 'is not an image that can be decoded'}"
        return _wrong_size(results)

    def _read(self, results: dict) -> None:
        """Put the pixels into ``results``, with mmcv's keys."""
        if self.stretch is None:
            super().transform(results)
            return
        data = Path(results["img_path"]).read_bytes()
        pixels = decode(data, gray=self.color_type == "grayscale")
        assert pixels is not None  # as mmcv has it
        pixels = spread(pixels, self.stretch)
        results["img"] = pixels.astype(np.float32) if self.to_float32 else pixels
        results["img_shape"] = results["ori_shape"] = pixels.shape[:2]

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, stretch={self.stretch!r})"


def _wrong_size(results: dict) -> str:
    """Return how the picture's size differs from what the annotation file states, or nothing."""
    height, width = results["img"].shape[:2]
    stated = results.get("width"), results.get("height")
    if None in stated or stated == (width, height):
        return ""
    turned = ", perhaps by its EXIF rotation" if stated == (height, width) else ""
    return (
        f"{results['img_path']} has {width} x {height} px{turned}, but its annotation file says "
        f"{stated[0]} x {stated[1]}, so its boxes would be wrong"
    )


def loader_of(transforms: Iterable) -> LoadImageFromFile:
    """Return the loader of a pipeline's transforms; one without arguments where it has none."""
    return next((step for step in transforms if isinstance(step, LoadImageFromFile)), None) or (
        LoadImageFromFile()
    )


def as_seen(path: str | Path, transforms: Iterable = ()) -> np.ndarray:
    """Return a picture as a model sees it, before it is resized: for all that draws or reports.

    Args:
        path: The file.
        transforms: Of the model's pipeline, whose loader reads: turned as EXIF says, values of
            more than 8 bits made gray levels by its ``stretch``.

    Returns:
        ``(H, W, 3)`` RGB, 8 bits.

    Raises:
        InputError: See :class:`LoadImageFromFile`.
    """
    pixels = loader_of(transforms).transform(dict(img_path=str(path)))["img"].astype(np.uint8)
    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB)
