"""Count what a format has no word for, before it is written."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tinydet.data_tools.faults import Faults
from tinydet.data_tools.pictures import DataSet
from tinydet.datasets.annotations import some

AREAS = ("coco", "csv")  # have a column for areas that are not width times height


def count_lost(splits: dict[str, DataSet], to: str, faults: Faults) -> None:
    """Count the COCO fields that other formats cannot hold.

    Raises:
        InputError: There are some, and ``faults`` is strict.
    """
    if to == "coco":
        return
    for split, data in splits.items():
        fields: Counter[str] = Counter()
        areas = 0
        for picture in data.pictures:
            fields.update(picture.more.keys())
            for extra in picture.extras or ():
                fields.update(extra.keys())
            if picture.areas is not None and to not in AREAS:
                areas += int((~np.isnan(picture.areas)).sum())
        if fields:
            sentence = f"{split} has {some(fields)}, for which {to} has no place"
            faults.add("further COCO fields not written", sentence, fields.total())
        if areas:
            sentence = f"{split} has areas that are not width times height"
            faults.add("areas not written", sentence, areas)
