"""Load images, and notice the damaged ones.

OpenCV returns a half-grey picture for a truncated file and says so on stderr at most; Pillow
raises. The pixels are the same.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from mmcv.transforms import LoadImageFromFile as MMCVLoadImageFromFile
from PIL import Image, UnidentifiedImageError

from tinydet.errors import InputError
from tinydet.registry import TRANSFORMS

logging.getLogger("PIL").setLevel(logging.INFO)  # its debug lines drown a verbose log


def check_image(path: str | Path) -> str:
    """Decode an image and return what is wrong with it, or an empty string."""
    try:
        with Image.open(path) as image:
            image.load()
    except FileNotFoundError:
        return f"{path} does not exist"
    except UnidentifiedImageError:
        return f"{path} is not an image"
    except (OSError, SyntaxError, ValueError) as error:
        return f"{path} is truncated or damaged ({error})"
    return ""


@TRANSFORMS.register_module()
class LoadImageFromFile(MMCVLoadImageFromFile):
    """mmcv's transform, decoding by Pillow and checking the result.

    Args:
        **kwargs: Everything mmcv's ``LoadImageFromFile`` takes.

    Raises:
        InputError: The file is missing, truncated, not an image, or not of the size that the
            annotation file states, so that its boxes would be wrong.
    """

    def __init__(self, imdecode_backend: str = "pillow", **kwargs) -> None:
        super().__init__(imdecode_backend=imdecode_backend, **kwargs)

    def transform(self, results: dict) -> dict:
        stated = results.get("height"), results.get("width")
        try:
            results = super().transform(results)
        except (OSError, SyntaxError, ValueError, AttributeError) as error:
            reason = check_image(results["img_path"]) or f"{results['img_path']}: {error}"
            raise InputError(
                f"image {reason}; repair it, or train without it by --skip-bad-images"
            ) from None
        read = results["img"].shape[:2]
        if None not in stated and read != tuple(map(int, stated)):
            raise InputError(
                f"image {results['img_path']} has {read[1]} x {read[0]} px, but its annotation "
                f"file says {stated[1]} x {stated[0]}; its boxes would be wrong"
            )
        results["img"] = np.ascontiguousarray(results["img"])
        return results
