"""Load images and detect damaged files.

OpenCV decodes, as in mmdet, so that the pixels are those of published results; Pillow would
saturate the 16-bit gray images of thermal cameras. OpenCV 4 fills the missing part of a truncated
JPEG with gray and reports no error, so files are checked before they are decoded. Tools that draw
or report read images with :func:`as_seen`.
"""

from __future__ import annotations

import copy
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

logging.getLogger("PIL").setLevel(logging.INFO)  # debug lines of Pillow would fill the log

# First bytes of a format, and last bytes of a complete file.
ENDINGS = {b"\xff\xd8": b"\xff\xd9", b"\x89PNG": b"IEND\xaeB`\x82"}


def is_truncated(path: str | Path) -> bool:
    """Tell whether a JPEG or PNG file is truncated.

    The first and last bytes suffice for nearly all files and take microseconds. Some programs
    append their own data or zeros; Pillow decodes such a file, which takes as long as OpenCV.

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
    except Image.DecompressionBombError:  # above 179 million pixels, OpenCV decides
        return True
    except (OSError, SyntaxError, ValueError):  # Pillow raises SyntaxError for a broken chunk
        return False
    return True


@TRANSFORMS.register_module()
class LoadImageFromFile(MMCVLoadImageFromFile):
    """mmcv's transform for local files, with a check of the file and of the image size.

    Args:
        stretch: ``(low, high)``: the values that become black and white in images of more than 8
            bits, with 256 gray levels in between. ``"auto"`` takes both from each image, without
            the extreme 0.1 % of pixels at each end, so values of two images are not comparable.
            None drops the lower bits, as OpenCV does, and cannot read floats. Images of 8 bits
            are not changed.
        **kwargs: Arguments of mmcv's ``LoadImageFromFile``, except ``ignore_empty``, which skips
            images without a message; the data set's ``skip_bad_images`` names and counts them.

    Raises:
        InputError: The file is missing, truncated, not an image or of a type that a detector
            cannot use; or the size differs from ``height`` and ``width`` of the annotation file,
            so that the boxes would be wrong.
    """

    def __init__(self, stretch: Stretch | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.stretch = self._checked(stretch)
        if self.ignore_empty:
            raise InputError(
                "tinydet.LoadImageFromFile: ignore_empty would skip images without a message; "
                "set skip_bad_images=True of the data set (tools/train.py --skip-bad-images)"
            )

    def _checked(self, stretch: object) -> Stretch | None:
        """Return ``stretch`` as :func:`checked_stretch` does, if this loader can apply it."""
        checked = checked_stretch(stretch)
        if checked and self.color_type not in ("color", "grayscale"):
            raise InputError(
                f"LoadImageFromFile: stretch needs color_type 'color' or 'grayscale', not "
                f"{self.color_type!r}"
            )
        return checked

    def with_stretch(self, stretch: Stretch | None) -> LoadImageFromFile:
        """Return a loader that differs in its ``stretch`` alone.

        Raises:
            InputError: See the class.
        """
        other = copy.copy(self)
        other.stretch = self._checked(stretch)
        return other

    def transform(self, results: dict) -> dict:
        problem = self.load(results)
        if problem:
            raise InputError(
                f"image {problem}; correct the image, or train without it with --skip-bad-images"
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
        except (AssertionError, ValueError, SyntaxError, cv2.error):  # raised by mmcv's decoders
            return f"{path} {too_large(path) or 'is not an image that can be decoded'}"
        return _wrong_size(results)

    def _read(self, results: dict) -> None:
        """Write the pixels into ``results`` under mmcv's keys."""
        if self.stretch is None:
            super().transform(results)
            return
        data = Path(results["img_path"]).read_bytes()
        pixels = decode(data, gray=self.color_type == "grayscale")
        assert pixels is not None  # as in mmcv; load() reports it
        pixels = spread(pixels, self.stretch)
        results["img"] = pixels.astype(np.float32) if self.to_float32 else pixels
        results["img_shape"] = results["ori_shape"] = pixels.shape[:2]

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, stretch={self.stretch!r})"


def _wrong_size(results: dict) -> str:
    """Return how the image size differs from the annotation file's, or an empty string."""
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
    """Return the loader among a pipeline's transforms, or a default loader if there is none."""
    return next((step for step in transforms if isinstance(step, LoadImageFromFile)), None) or (
        LoadImageFromFile()
    )


def as_seen(path: str | Path, transforms: Iterable = ()) -> np.ndarray:
    """Return an image as a model sees it before resizing, for drawing and reports.

    Args:
        path: Image file.
        transforms: Transforms of the model's pipeline. The loader among them rotates the image as
            EXIF states and maps values of more than 8 bits to gray levels by its ``stretch``.

    Returns:
        ``(H, W, 3)`` uint8 RGB.

    Raises:
        InputError: See :class:`LoadImageFromFile`.
    """
    results = dict(img_path=str(path))
    problem = loader_of(transforms).load(results)
    if problem:
        raise InputError(f"image {problem}; correct the image")
    pixels = results["img"].astype(np.uint8)
    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB)
