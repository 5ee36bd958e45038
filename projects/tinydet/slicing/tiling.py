"""A data set's dictionary of a picture, turned into one a tile."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from tinydet.errors import InputError, did_you_mean
from tinydet.slicing.cutting import cut, visible_in
from tinydet.slicing.geometry import Size, sides, tile_grid

CUTS = ("ignore", "drop")


@dataclass
class Tiling:
    """How pictures are cut, and what was counted of it.

    Args:
        size: Side of a tile, px, or height and width.
        overlap: Of neighboring tiles: whole px, or a share of the tile's side.
        min_visible: An object of which less than this share of its box lies in a tile is not
            trained on there.
        cut: ``"ignore"`` makes a region to ignore of it, ``"drop"`` leaves it out.

    Raises:
        InputError: An argument makes no sense.
    """

    size: Size
    overlap: float
    min_visible: float
    cut: str

    def __post_init__(self) -> None:
        self.size = sides(self.size)
        tile_grid(1, 1, self.size, self.overlap)
        self.min_visible = checked_share("min_visible", self.min_visible)
        checked_choice("cut", self.cut, CUTS)
        self.counted: Counter[str] = Counter()

    def tiles(self, info: dict) -> list[dict]:
        """Return the tiles of a picture, and count what their edges cut.

        ``tile`` of each is its box x1, y1, x2, y2 in px of the picture, ``picture_shape`` the
        picture's height and width; all else is as the data set has it of a picture.
        """
        picture, instances = (info["height"], info["width"]), info["instances"]
        tiles = tile_grid(*picture, self.size, self.overlap)
        shares = visible_in(instances, tiles)
        self._count(shares[:, [not one["ignore_flag"] for one in instances]])
        shape = dict(height=self.size[0], width=self.size[1], picture_shape=picture)
        return [
            dict(info, **shape, tile=tile.tolist(), instances=self._objects(instances, tile, seen))
            for tile, seen in zip(tiles, shares, strict=True)
        ]

    def _objects(self, instances: list[dict], tile: np.ndarray, seen: np.ndarray) -> list[dict]:
        return cut(instances, tile, seen, self.min_visible, self.cut == "ignore")

    def _count(self, shares: np.ndarray) -> None:
        """Count the ``(T, N)`` pieces of objects that are too small."""
        enough = shares >= self.min_visible
        self.counted["pictures"] += 1
        self.counted["tiles"] += len(shares)
        self.counted["objects"] += shares.shape[1]
        self.counted["pieces"] += int(((shares > 0) & ~enough).sum())
        self.counted["unseen"] += int((~enough.any(0)).sum())

    def told(self, full: int, joining: int) -> str:
        """Return what the log says of the tiles, of which ``full`` have an object."""
        counted, (height, width) = self.counted, self.size
        done = "regions to ignore" if self.cut == "ignore" else "dropped"
        text = (
            f"{counted['pictures']} pictures in {counted['tiles']} tiles of {width} x {height} px, "
            f"of which {full} have an object and {joining} of the others join each epoch; "
            f"{counted['pieces']} pieces of less than {self.min_visible:.0%} of their object are "
            f"{done}"
        )
        if counted["unseen"]:
            text += (
                f"; no tile shows as much of {counted['unseen']} of {counted['objects']} objects; "
                "larger tiles or more overlap would"
            )
        return text


def checked_share(name: str, value: float) -> float:
    """Return a number from 0 to 1.

    Raises:
        InputError: It is none.
    """
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InputError(f"tinydet.SlicedDataset: {name}={value!r}; write a share from 0 to 1")
    return value


def checked_choice(name: str, value: str, known: tuple[str, ...]) -> str:
    """Return a value that is one of those known.

    Raises:
        InputError: It is not.
    """
    if value not in known:
        raise InputError(
            f"tinydet.SlicedDataset: {name}={value!r}; write one of {', '.join(known)}"
            f"{did_you_mean(str(value), known)}"
        )
    return value
