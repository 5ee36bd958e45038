"""Decode each picture of a file once, and keep what the checks ask of its pixels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from tinydet.data_tools.blank import on_blank
from tinydet.data_tools.data import Data
from tinydet.data_tools.leaks.landmarks import Landmarks, landmarks_of
from tinydet.data_tools.objects import grouped
from tinydet.data_tools.source import progress
from tinydet.datasets.file_kinds import has_16_bits
from tinydet.datasets.loading import LoadImageFromFile
from tinydet.datasets.pixels import decode, spread


class Seen(NamedTuple):
    """What was seen in a picture.

    Attributes:
        problem: Why training cannot load the picture, or an empty string.
        blank: ``(N,)`` bool, the picture's objects on pixels of one color.
        digest: Of the decoded pixels; empty where there are none.
        landmarks: Of the picture, where they were asked for.
    """

    problem: str
    blank: np.ndarray
    digest: bytes = b""
    landmarks: Landmarks | None = None


def survey(data: Data, landmarks: bool) -> list[Seen]:
    """Return what is seen in each picture of a file, with a progress bar.

    Args:
        data: With a folder.
        landmarks: Whether to look for landmarks, which takes as long as decoding.
    """
    loader = LoadImageFromFile()
    chosen = grouped(data.objects.picture, len(data.objects.shapes))

    def look(image: dict, path: Path, boxes: np.ndarray) -> Seen:
        results = dict(img_path=str(path), height=image["height"], width=image["width"])
        if problem := loader.load(results):
            return Seen(problem, np.zeros(len(boxes), bool))
        pixels = _all_bits(path, results["img"])
        found = landmarks_of(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)) if landmarks else None
        digest = blake2b(np.ascontiguousarray(pixels), digest_size=16).digest()
        return Seen("", on_blank(pixels, boxes), digest, found)

    boxes = [data.objects.boxes[places] for places in chosen]
    with ThreadPoolExecutor() as pool:  # OpenCV works without the GIL
        seen = pool.map(look, data.coco["images"], data.paths, boxes)
        return list(progress(seen, f"looking at {data.name}", total=len(boxes), unit=" pictures"))


def _all_bits(path: Path, pixels: np.ndarray) -> np.ndarray:
    """Return the pixels as loaded, or stretched: of 16 bits, the upper 8 may be a few levels."""
    with open(path, "rb") as file:
        deep = has_16_bits(file)
    return spread(decode(path.read_bytes()), "auto") if deep else pixels
