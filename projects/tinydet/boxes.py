"""The container of ``N`` boxes that detectors, evaluators and pictures share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinydet.errors import InputError

FORMATS = ("xyxy", "xywh")


@dataclass(frozen=True, eq=False)
class Boxes:
    """``N`` detections or ground truths, of one image or of many.

    The coordinates keep the format in which they were given, because a conversion costs the last
    digit, which decides between evaluations; :attr:`xyxy` and :attr:`xywh` convert on demand.

    Args:
        coordinates: ``(N, 4)`` in pixels, in the format that ``format`` names.
        class_ids: ``(N,)`` integers: a detector's labels, counted from 0, or the category ids of
            an annotation file.
        scores: ``(N,)`` in 0..1. None for ground truth.
        image_ids: ``(N,)`` integers. None if all boxes belong to one image.
        format: ``xyxy`` (left, top, right, bottom) or ``xywh`` (left, top, width, height).

    Raises:
        InputError: The format is unknown, or the columns differ in length.
    """

    coordinates: np.ndarray
    class_ids: np.ndarray
    scores: np.ndarray | None = None
    image_ids: np.ndarray | None = None
    format: str = "xyxy"

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise InputError(f"box format {self.format!r} is none of {', '.join(FORMATS)}")
        lengths = [len(column) for column in self._columns() if column is not None]
        if len(set(lengths)) > 1:
            raise InputError(f"columns of {lengths} boxes; give each column one entry per box")

    def __len__(self) -> int:
        return len(self.coordinates)

    def __getitem__(self, index: np.ndarray | slice) -> Boxes:
        """Return the boxes that an index array, a mask or a slice selects, in its order."""
        columns = (None if column is None else column[index] for column in self._columns())
        return Boxes(*columns, self.format)

    def _columns(self) -> tuple[np.ndarray | None, ...]:
        return self.coordinates, self.class_ids, self.scores, self.image_ids

    @property
    def xyxy(self) -> np.ndarray:
        """``(N, 4)`` left, top, right and bottom in pixels."""
        if self.format == "xyxy":
            return self.coordinates
        start, size = self.coordinates[:, :2], self.coordinates[:, 2:]
        return np.concatenate([start, start + size], 1)

    @property
    def xywh(self) -> np.ndarray:
        """``(N, 4)`` left, top, width and height in pixels."""
        if self.format == "xywh":
            return self.coordinates
        start, end = self.coordinates[:, :2], self.coordinates[:, 2:]
        return np.concatenate([start, end - start], 1)

    def moved(self, x: float, y: float, zoom: int = 1) -> Boxes:
        """Return the boxes in the pixels of a window at (x, y) that is enlarged ``zoom`` times."""
        corners = (self.xyxy - [x, y, x, y]) * zoom
        return Boxes(corners, self.class_ids, self.scores, self.image_ids)


def concatenate(images: Sequence[Boxes], image_ids: Sequence[int] | None = None) -> Boxes:
    """Concatenate the boxes of several images.

    Args:
        images: Boxes with scores, one entry per image.
        image_ids: Id of each image; None counts from 1.

    Returns:
        ``xywh`` boxes with image ids, image after image, as float64 and int64.
    """
    ids = np.arange(1, len(images) + 1) if image_ids is None else np.array(image_ids, np.int64)
    return Boxes(
        np.concatenate([np.zeros((0, 4)), *(boxes.xywh for boxes in images)]),
        np.concatenate([np.zeros(0, np.int64), *(boxes.class_ids for boxes in images)]),
        np.concatenate([np.zeros(0), *(boxes.scores for boxes in images)]),
        np.repeat(ids, [len(boxes) for boxes in images]),
        "xywh",
    )
