"""Sizes of the objects by class, and of two sets side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinydet.data_tools import charts
from tinydet.data_tools.data import Data
from tinydet.data_tools.objects import Objects
from tinydet.data_tools.page import Section, Share, grid, table, text
from tinydet.datasets.statistics import RANGES, range_of

EDGES = 2.0 ** np.arange(0, 10.5, 0.5)  # px of the histograms of sizes


def shares(sizes: np.ndarray) -> list[float]:
    """Return the share of each of AI-TOD's size ranges."""
    places = range_of(sizes)
    return (np.bincount(places, minlength=len(RANGES)) / max(1, len(sizes))).tolist()


def percents(values: Sequence[float]) -> list[Share]:
    """Return shares as cells of a table."""
    return [Share(value) for value in values]


def sizes_section(data: Data, seen: Objects) -> Section:
    """Return the sizes in the pictures and at the input, and those of each class."""
    objects = data.objects
    lines = {"pictures as they are": cumulative(objects.sizes)}
    if not np.array_equal(seen.boxes, objects.boxes):
        lines["network input"] = cumulative(seen.sizes)
    borders = {f"{border:g}": border for border in RANGES.values() if np.isfinite(border)}
    edges = size_edges(objects.sizes)
    counts = np.histogram(objects.sizes.clip(edges[0], edges[-1]), edges)[0]
    rows = []
    for place, name in [*enumerate(objects.classes), (None, "all")]:
        chosen = objects.sizes if place is None else objects.sizes[objects.class_ids == place]
        mean = [chosen.mean(), chosen.std()] if len(chosen) else ["", ""]
        rows.append([name, len(chosen), *mean, *percents(shares(chosen))])
    return Section(
        "Sizes",
        [
            grid(
                charts.histogram("Sizes", counts, edges, "√(w · h), px", borders),
                charts.curves(
                    "Share of objects up to a size", lines, "√(w · h), px", True, 1.0, borders
                ),
            ),
            table(["class", "objects", "mean, px", "deviation", *_ranges()], rows),
        ],
        "√(w · h) in pixels, with the ranges of AI-TOD; a border belongs to the lower range.",
    )


def size_edges(*sizes: np.ndarray) -> np.ndarray:
    """Return the edges of a histogram of sizes, half an octave apart, up to the largest."""
    last = np.searchsorted(EDGES, max(part.max() for part in sizes))
    return EDGES[: max(10, last) + 1]


def _ranges() -> list[str]:
    """Return the names of the size ranges with their borders."""
    lows = [0, *RANGES.values()]
    return [
        f"{name}, {low:g}–{high:g}" if np.isfinite(high) else f"{name}, over {low:g}"
        for low, (name, high) in zip(lows, RANGES.items(), strict=False)
    ]


def cumulative(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 100 points of the distribution of sizes."""
    share = np.linspace(0, 1, 100)
    return np.quantile(sizes, share).clip(0.5), share


def splits(data: Data, other: Data) -> Section:
    """Return classes and sizes of two sets beside each other."""
    names = list(dict.fromkeys([*data.objects.classes, *other.objects.classes]))
    rows = []
    for name in names:
        row: list[object] = [name]
        for one in (data.objects, other.objects):
            mine = np.array(one.classes)[one.class_ids] == name
            row += [int(mine.sum()), Share(mine.mean()), *_mean(one.sizes[mine])]
        rows.append(row)
    both = {"train": data.objects, "val": other.objects}
    edges = size_edges(data.objects.sizes, other.objects.sizes)
    counts = {
        name: np.histogram(one.sizes.clip(edges[0], edges[-1]), edges)[0] / len(one.sizes)
        for name, one in both.items()
    }
    lines = {name: cumulative(one.sizes) for name, one in both.items()}
    shared = {image["file_name"] for image in data.coco["images"]} & {
        image["file_name"] for image in other.coco["images"]
    }
    return Section(
        "Train against val",
        [
            text(
                f"{len(shared)} pictures are in both files by name.", "fault" if shared else "note"
            ),
            grid(
                charts.histogram("Sizes, shares", counts, edges, "√(w · h), px"),
                charts.curves("Share of objects up to a size", lines, "√(w · h), px", True, 1.0),
            ),
            table(
                [
                    "class",
                    *(
                        f"{one}: {what}"
                        for one in both
                        for what in ("objects", "share", "mean, px")
                    ),
                ],
                rows,
            ),
        ],
    )


def _mean(sizes: np.ndarray) -> list[object]:
    return [float(sizes.mean())] if len(sizes) else [""]
