"""Leaks between annotation files: found, told, and taken out of the file to train on."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from tinydet.data_tools.data import Data
from tinydet.data_tools.leaks.search import SAME, Leak, find_leaks
from tinydet.data_tools.survey import Seen
from tinydet.datasets.annotations import some
from tinydet.errors import InputError
from tinydet.files import write_whole

COLUMNS = ("file", "picture", "other file", "other picture", "overlap", "correlation")


class Place(NamedTuple):
    """A picture of a file.

    Attributes:
        file: Position of the file.
        picture: Position of the picture in it.
    """

    file: int
    picture: int


class Leaks:
    """Pairs of pictures of different files: ``pairs`` show the same, ``alike`` the same place.

    Args:
        files: The splits, the one to train on first.
        looks: What was seen in their pictures, with landmarks.
    """

    def __init__(self, files: Sequence[Data], looks: Sequence[Sequence[Seen]]) -> None:
        self.files, self.looks = files, looks
        self.places = [
            Place(number, position)
            for number, seen in enumerate(looks)
            for position, one in enumerate(seen)
            if not one.problem
        ]
        seen = [looks[place.file][place.picture] for place in self.places]
        paths = [data.paths for data in files]
        found = find_leaks(
            [paths[place.file][place.picture] for place in self.places],
            [place.file for place in self.places],
            [one.landmarks for one in seen],
        )
        pairs = {(leak.first, leak.second): leak for leak in found}
        for leak in self._identical([one.digest for one in seen]):
            pairs[leak.first, leak.second] = leak
        ordered = [pairs[key] for key in sorted(pairs)]
        self.pairs = [leak for leak in ordered if leak.correlation >= SAME]
        self.alike = [leak for leak in ordered if leak.correlation < SAME]

    def _identical(self, digests: Sequence[bytes]) -> Iterator[Leak]:
        """Yield each picture that another file has pixel by pixel, without corners too."""
        same: dict[bytes, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, digest in enumerate(digests):
            same[digest][self.places[number].file].append(number)
        for files in same.values():
            for one, two in combinations(files.values(), 2):  # a thousand copies: a thousand pairs
                yield from (Leak(first, two[0], 1.0, 1.0) for first in one)
                yield from (Leak(one[0], second, 1.0, 1.0) for second in two)

    def _name(self, number: int) -> str:
        place = self.places[number]
        return self.files[place.file].coco["images"][place.picture]["file_name"]

    def sentences(self) -> Iterator[str]:
        """Yield a sentence for each two files, and for pictures that could not be compared."""
        yield from self._told(self.pairs, "show what {} shows")
        for data, seen in zip(self.files, self.looks, strict=True):
            if problems := [one.problem for one in seen if one.problem]:
                yield f"{len(problems)} pictures of {data.name} not compared: {some(problems)}"

    def notes(self) -> Iterator[str]:
        """Yield a sentence if nothing leaks, and for each two files with the same place."""
        if not self.pairs:
            names = ", ".join(data.name for data in self.files)
            yield f"no picture shows what another of these files shows: {names}"
        yield from self._told(self.alike, "may show a place that {} shows at another time")

    def _told(self, pairs: Sequence[Leak], what: str) -> Iterator[str]:
        by_files: dict[tuple[int, int], list[Leak]] = defaultdict(list)
        for leak in pairs:
            by_files[self.places[leak.first].file, self.places[leak.second].file].append(leak)
        for files, leaks in by_files.items():
            one, two = (self.files[number].name for number in files)
            examples = some(
                f"{self._name(leak.first)} and {self._name(leak.second)} ({leak.overlap:.0%})"
                for leak in sorted(leaks, key=lambda leak: -leak.overlap)
            )
            pictures = len({leak.first for leak in leaks})
            yield f"{pictures} pictures of {one} {what.format(two)}: {examples}"

    def write(self, folder: Path, drop: str) -> Iterator[str]:
        """Write the files without the pictures that leak, and ``leaks.csv``, a row a pair.

        Pictures of the same place are listed, with a correlation below 0.7, and stay.

        Args:
            folder: Made if it does not exist.
            drop: ``first`` or ``last``: which file of a pair loses its picture.

        Yields:
            A sentence a file.
        """
        lost: list[set[int]] = [set() for _ in self.files]
        for leak in self.pairs:
            file, picture = self.places[leak.first if drop == "first" else leak.second]
            lost[file].add(self.files[file].coco["images"][picture]["id"])
        for data, ids in zip(self.files, lost, strict=True):
            write_whole(folder / data.name, json.dumps(without_pictures(data.whole, ids)))
            yield f"{folder / data.name}: {data.name} without {len(ids)} of its pictures"
        text = io.StringIO()
        csv.writer(text).writerows([COLUMNS, *self._rows()])
        write_whole(folder / "leaks.csv", text.getvalue())

    def _rows(self) -> Iterator[tuple]:
        for leak in [*self.pairs, *self.alike]:
            files = [self.files[self.places[number].file].name for number in leak[:2]]
            first, second = map(self._name, leak[:2])
            figures = f"{leak.overlap:.3f}", f"{leak.correlation:.3f}"
            yield files[0], first, files[1], second, *figures


def without_pictures(coco: dict, lost: set[int]) -> dict:
    """Return a COCO dictionary without images, by their ids, and their annotations."""
    images = [image for image in coco["images"] if image["id"] not in lost]
    rows = [row for row in coco["annotations"] if row["image_id"] not in lost]
    return {**coco, "images": images, "annotations": rows}


def check_names(files: Sequence[Data]) -> None:
    """Check that each split can be written under its own name.

    Raises:
        InputError: Two files have the same name.
    """
    names = [data.name for data in files]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(
            f"{len(twice)} of the files are called {twice[0]}, and --leak-free writes each under "
            "its name; rename one"
        )
