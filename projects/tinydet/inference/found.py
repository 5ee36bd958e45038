"""What a detector found in a picture, and the forms in which other programs take it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tinydet.boxes import Boxes
from tinydet.errors import InputError
from tinydet.inference.geo import WGS84, feature_collection, georeference, polygons, write_geojson
from tinydet.slicing.reading import Picture
from tinydet.visualization.panels import picture

if TYPE_CHECKING:
    import pandas
    import supervision

COLUMNS = ("class", "score", "x1", "y1", "x2", "y2")


@dataclass(frozen=True)
class Found:
    """Detections of a picture, best first.

    Args:
        name: Of the picture.
        width: Of the picture, px.
        height: Of the picture, px.
        detections: In px of the picture, with labels from 0 and scores.
        classes: Class names, by label.
        open: Opens the picture, to read from and to close.
        path: Its file; None of an array.
        notes: Sentences on what of the picture is not seen, such as its alpha band.
        problems: Sentences on parts of the picture that could not be read.
    """

    name: str
    width: int
    height: int
    detections: Boxes
    classes: Sequence[str]
    open: Callable[[], Picture]
    path: Path | None = None
    notes: Sequence[str] = ()
    problems: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.detections)

    @property
    def boxes(self) -> np.ndarray:
        """``(N, 4)`` x1, y1, x2, y2 in px of the picture."""
        return self.detections.xyxy

    @property
    def scores(self) -> np.ndarray:
        """``(N,)`` from 0 to 1."""
        return self.detections.scores

    @property
    def labels(self) -> np.ndarray:
        """``(N,)`` indices of the classes, from 0."""
        return self.detections.class_ids

    @property
    def names(self) -> list[str]:
        """``N`` class names."""
        return [self.classes[label] for label in self.labels]

    def to_coco(self, image_id: int | str = 1) -> list[dict]:
        """Return COCO results: boxes as x, y, width, height; category ids count from 1."""
        return [
            dict(
                image_id=image_id,
                category_id=int(label) + 1,
                bbox=[float(side) for side in box],
                score=float(score),
            )
            for box, label, score in zip(
                self.detections.xywh, self.labels, self.scores, strict=True
            )
        ]

    def rows(self) -> Iterator[list[str]]:
        """Yield class, score and corners in px of each detection, as they stand in a CSV."""
        for name, score, box in zip(self.names, self.scores, self.boxes, strict=True):
            yield [name, f"{score:.4f}", *(f"{side:.2f}" for side in box)]

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return CSV, a line a detection: class, score, corners in px; write it to a path given."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows(self.rows())
        if path is not None:
            Path(path).write_text(text.getvalue(), encoding="utf-8", newline="")
        return text.getvalue()

    def to_geojson(self, path: str | Path | None = None, crs: str | None = None) -> dict:
        """Return GeoJSON, polygons in WGS 84; write it to a path given.

        Args:
            path: A file, or None.
            crs: Of a picture that names none, such as ``EPSG:32617``.

        Raises:
            InputError: The picture has no place on a map, see
                :func:`tinydet.inference.geo.georeference`.
        """
        rings = self.on_map(WGS84, crs)
        if path is not None:
            write_geojson(Path(path), rings, self.properties())
        return feature_collection(rings, self.properties())

    def on_map(self, wanted: str | None, crs: str | None = None) -> np.ndarray:
        """Return the detections as ``(N, 5, 2)`` rings, in the picture's own CRS or in another."""
        if self.path is None:
            raise InputError("an array has no place on a map; give the file of the picture")
        return polygons(self.boxes, georeference(self.path, crs), wanted)

    def properties(self) -> list[dict[str, object]]:
        """Return what a map shows of each detection: file, class and score."""
        return [
            {"file": self.name, "class": name, "score": round(float(score), 4)}
            for name, score in zip(self.names, self.scores, strict=True)
        ]

    def to_supervision(self) -> supervision.Detections:
        """Return ``supervision.Detections``, with ``class_name`` in its data."""
        try:
            from supervision import Detections
        except ImportError:
            raise InputError("to_supervision needs: pip install supervision") from None
        return Detections(
            xyxy=self.boxes.astype(np.float32),
            confidence=self.scores.astype(np.float32),
            class_id=self.labels.astype(int),
            data={"class_name": np.array(self.names)},
        )

    def to_pandas(self) -> pandas.DataFrame:
        """Return a ``pandas.DataFrame`` with the columns of the CSV."""
        try:
            from pandas import DataFrame
        except ImportError:
            raise InputError("to_pandas needs: pip install pandas") from None
        corners = dict(zip(COLUMNS[2:], self.boxes.T, strict=True))
        return DataFrame({"class": self.names, "score": self.scores, **corners})

    def draw(self, zoom: int | None = None, inset: bool = False, note: str = "") -> np.ndarray:
        """Return the whole picture with the detections drawn, ``(H', W', 3)`` RGB.

        Args:
            zoom: Whole factor; by default, up to 1280 px wide.
            inset: Add the densest region, enlarged.
            note: Text that opens the legend.
        """
        opened = self.open()
        try:
            pixels = opened.pixels(0, 0, self.width, self.height)
        finally:
            opened.close()
        return picture(pixels, self.detections, self.classes, zoom, inset, note)


def unsaid(notes: Sequence[str], said: set[str]) -> list[str]:
    """Return the notes that are not in ``said``, and add them: many pictures have the same."""
    new = [note for note in notes if note not in said]
    said.update(new)
    return new
