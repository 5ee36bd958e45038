"""The annotations of a COCO file as columns, packed while the file is parsed.

``json.loads`` of 2.6 million annotations makes 1.3 GB of dictionaries; here each lives only until
10,000 of them are packed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from tinydet.data_tools.faults import Faults
from tinydet.data_tools.pictures import FLAT, Kind
from tinydet.datasets.fields import converted, flag, integer

CHUNK = 10_000
CROWD, IGNORED = Kind.CROWD.value, Kind.IGNORED.value  # looking them up takes longer than the rest
OWN = {"id", "image_id", "category_id", "bbox", "area", "iscrowd", "ignore"}


class Packer:
    """A JSON object hook that packs annotations into columns and lets their dictionaries go.

    Args:
        name: The file, for the sentences.
        faults: Counts annotations that are left out.
    """

    def __init__(self, name: str, faults: Faults) -> None:
        self.name, self.faults = name, faults
        self.waiting: list[dict] = []
        self.tables: list[np.ndarray] = []  # id, image_id, category_id, kind
        self.reals: list[np.ndarray] = []  # x, y, width, height, area
        self.extras: dict[int, dict] = {}  # by the number of the annotation
        self.total = 0
        self.bar = tqdm(desc=f"reading {name}", unit=" boxes", mininterval=1, delay=1)

    def __call__(self, item: dict) -> dict | None:
        if "image_id" not in item or "category_id" not in item:
            return item
        self.waiting.append(item)
        if len(self.waiting) == CHUNK:
            self.pack()
        return None

    def pack(self) -> None:
        """Move the waiting annotations into the columns."""
        items, self.waiting = self.waiting, []
        self.bar.update(len(items))
        for key, read in (("image_id", integer), ("category_id", integer)):
            items = self._readable(items, key, read)
        for key in ("iscrowd", "ignore"):
            items = self._readable(items, key, flag, absent=0)
        items, boxes = self._boxes(items)
        if not items:
            return
        areas = [item["area"] if _is_real(item.get("area")) else math.nan for item in items]
        self.tables.append(np.array([_row(item) for item in items], np.int64))
        self.reals.append(np.column_stack([boxes, areas]))
        for number, item in enumerate(items, start=self.total):
            if not item.keys() <= OWN:
                self.extras[number] = {key: item[key] for key in item.keys() - OWN}
        self.total += len(items)

    def _readable(self, items: list[dict], key: str, read: Callable, **absent: int) -> list[dict]:
        items, lacking = converted(items, key, read, **absent)
        for number in lacking:
            self._leave_out(items[number], f"whose {key!r} is {items[number].get(key)!r}")
        lost = set(lacking)
        return [item for number, item in enumerate(items) if number not in lost] if lost else items

    def _boxes(self, items: list[dict]) -> tuple[list[dict], np.ndarray]:
        """Return the annotations with a box, and the boxes."""
        fine, boxes = [], []
        for item in items:
            box = item.get("bbox")
            four = isinstance(box, list) and len(box) == 4 and all(map(_is_real, box))
            if four and min(box[2:]) >= 0:
                if min(box[2:]) == 0:
                    self.faults.add(FLAT, f"{self.name} has annotation {item.get('id')!r}: {box}")
                fine.append(item)
                boxes.append(box)
            else:
                self._leave_out(
                    item, f"whose 'bbox' is {str(box)[:60]}, no left, top, width and height"
                )
        return fine, np.array(boxes, np.float64).reshape(-1, 4)

    def _leave_out(self, item: dict, why: str) -> None:
        where = f"{self.name} has annotation {item.get('id')!r}"
        self.faults.add("annotations left out", f"{where} {why}")

    def columns(self) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(N, 4)`` integers and ``(N, 5)`` floats of all annotations."""
        self.pack()
        self.bar.close()
        return (
            np.concatenate([np.zeros((0, 4), np.int64), *self.tables]),
            np.concatenate([np.zeros((0, 5)), *self.reals]),
        )


def _row(item: dict) -> tuple[int, int, int, int]:
    """Return id (-1 where it is no number), image, category and kind of an annotation."""
    key = integer(item.get("id"))
    kind = CROWD * item.get("iscrowd", 0) + IGNORED * item.get("ignore", 0)
    return -1 if key is None else key, item["image_id"], item["category_id"], kind


def _is_real(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
