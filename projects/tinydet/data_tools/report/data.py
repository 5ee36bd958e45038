"""An annotation file as the sections of the page read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinydet.data_tools.objects import Objects, objects_of
from tinydet.datasets.annotations import read_coco, some
from tinydet.datasets.boxes import BoxReport, clean_boxes, without_ignored
from tinydet.datasets.loading import as_seen
from tinydet.errors import InputError


@dataclass(frozen=True)
class Data:
    """An annotation file.

    Attributes:
        name: Of the file.
        coco: As it was read.
        used: What a training learns of it.
        faults: Boxes that training drops or clips.
        objects: Of ``used``.
        folder: Of the pictures; None to show none.
    """

    name: str
    coco: dict
    used: dict
    faults: BoxReport
    objects: Objects
    folder: Path | None

    @classmethod
    def read(cls, file: str | Path, folder: str | Path | None) -> Data:
        """Read a file.

        Raises:
            InputError: The file cannot be read, has a picture without a name, or has no object that
                a training could learn; or the folder does not exist.
        """
        coco = read_coco(file)
        nameless = [
            row["id"] for row in coco["images"] if not isinstance(row.get("file_name"), str)
        ]
        if nameless:
            raise InputError(
                f"{file}: images {some(nameless)} have no 'file_name'; name their files"
            )
        if folder and not Path(folder).is_dir():
            raise InputError(
                f"--images {folder} is no folder; name the one that file names start from"
            )
        cleaned, faults = clean_boxes(coco, file)
        used = without_ignored(cleaned)
        if not used["annotations"]:
            raise InputError(
                f"{file} has no object to report on; check it with tools/data/check.py"
            )
        folder = Path(folder) if folder else None
        return cls(Path(file).name, coco, used, faults, objects_of(used), folder)

    def pixels(self, place: int) -> np.ndarray:
        """Return ``(H, W, 3)`` RGB of a picture."""
        return as_seen(self.folder / self.used["images"][place]["file_name"])
