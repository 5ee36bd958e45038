"""An annotation file beside its pictures, as checks and the report read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinydet.data_tools.objects import Objects, objects_of
from tinydet.datasets.annotations import read_coco, some
from tinydet.datasets.boxes import BoxReport, clean_boxes, without_ignored
from tinydet.datasets.categories import match_categories, of_classes
from tinydet.datasets.loading import as_seen
from tinydet.errors import InputError


@dataclass(frozen=True)
class Data:
    """An annotation file.

    Attributes:
        name: Of the file.
        whole: As it was read.
        coco: Without the categories that are no class.
        cleaned: Also without the boxes that training drops, and with clipped ones.
        used: What a training learns of it: ``cleaned`` without boxes to ignore.
        faults: Boxes that training drops or clips.
        objects: Of ``used``.
        folder: Of the pictures; None to show none.
        left_out: A sentence on the categories that are no class; empty without such.
    """

    name: str
    whole: dict
    coco: dict
    cleaned: dict
    used: dict
    faults: BoxReport
    objects: Objects
    folder: Path | None
    left_out: str = ""

    @classmethod
    def read(
        cls, file: str | Path, folder: str | Path | None, classes: Sequence[str] | None = None
    ) -> Data:
        """Read a file.

        Args:
            file: COCO JSON.
            folder: What its file names start from.
            classes: Those to learn, in the order of the file; None takes all categories.

        Raises:
            InputError: The file cannot be read, lacks a class, or has a picture without a name; or
                the folder does not exist.
        """
        whole = read_coco(file)
        nameless = [
            row["id"] for row in whole["images"] if not isinstance(row.get("file_name"), str)
        ]
        if nameless:
            raise InputError(
                f"{file}: images {some(nameless)} have no 'file_name'; name their files"
            )
        if folder and not Path(folder).is_dir():
            raise InputError(f"{folder} is no folder; name the one that file names start from")
        ids = match_categories(whole["categories"], classes, file)
        coco, left_out = of_classes(whole, ids.values())
        cleaned, faults = clean_boxes(coco, file)
        used = without_ignored(cleaned)
        folder = Path(folder) if folder else None
        parts = (whole, coco, cleaned, used, faults, objects_of(used))
        return cls(Path(file).name, *parts, folder, left_out)

    @property
    def paths(self) -> list[Path]:
        """Paths of the pictures."""
        return [self.folder / image["file_name"] for image in self.coco["images"]]

    def pixels(self, place: int) -> np.ndarray:
        """Return ``(H, W, 3)`` RGB of a picture."""
        return as_seen(self.folder / self.used["images"][place]["file_name"])
