"""Load images, and notice the damaged ones.

OpenCV decodes, as everywhere in mmdet, so that pixels are those of published results (Pillow
would saturate 16-bit grey images, which thermal cameras write). But OpenCV 4 fills what a
truncated JPEG lacks with grey and returns it as if nothing had happened; OpenCV 5 returns none.
"""

from __future__ import annotations

import io
import logging
import os
from pathlib import Path

import cv2
from mmcv.transforms import LoadImageFromFile as MMCVLoadImageFromFile
from PIL import Image

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


def check_image(path: str | Path, height: int | None = None, width: int | None = None) -> str:
    """Decode an image as training does.

    Args:
        path: The file.
        height: Pixels, as the annotation file states them; None is not compared.
        width: The same.

    Returns:
        What is wrong with it, or an empty string.
    """
    return LoadImageFromFile().load(dict(img_path=str(path), height=height, width=width))


@TRANSFORMS.register_module()
class LoadImageFromFile(MMCVLoadImageFromFile):
    """mmcv's transform for local files, with a check of the file and of the result.

    Args:
        **kwargs: Everything mmcv's ``LoadImageFromFile`` takes, except ``ignore_empty``, which
            skips in silence; the data set's ``skip_bad_images`` counts and names.

    Raises:
        InputError: The file is missing, truncated, not an image, or not of the size that the
            annotation file states (``height`` and ``width`` of the results), so that its boxes
            would be wrong.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
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

    def load(self, results: dict) -> str:
        """Put the image into ``results``; return what is wrong with it, or an empty string."""
        path = results["img_path"]
        try:
            if is_truncated(path):
                return f"{path} is truncated"
            super().transform(results)
        except FileNotFoundError:
            return f"{path} does not exist"
        except OSError as error:
            return f"{path} cannot be read ({error.strerror or error})"
        except (AssertionError, ValueError, SyntaxError, cv2.error):  # what mmcv's decoders raise
            return f"{path} is not an image that can be decoded"
        height, width = results["img"].shape[:2]
        stated = results.get("width"), results.get("height")
        if None in stated or stated == (width, height):
            return ""
        turned = ", perhaps by its EXIF rotation" if stated == (height, width) else ""
        return (
            f"{path} has {width} x {height} px{turned}, but its annotation file says "
            f"{stated[0]} x {stated[1]}, so its boxes would be wrong"
        )
