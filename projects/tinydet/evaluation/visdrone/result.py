"""What an evaluation on VisDrone gives, and how it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from terminaltables import AsciiTable

from tinydet.evaluation.visdrone.rows import CLASSES, Rows

NO_OBJECT = -1.0


@dataclass
class Result:
    """Numbers in per cent, as the toolkit prints them; -1 where there is nothing to find.

    Attributes:
        protocol: A sentence that says how they were measured; printed with them.
        summary: ``AP, AP_50, AP_75, …, AR_1, …``.
        per_class: ``{class: the same numbers}``.
        counts: ``{class: {images, objects, ignored}}``, see :func:`count_objects`.
        notes: Sentences printed below the table.
    """

    protocol: str
    summary: dict[str, float]
    per_class: dict[str, dict[str, float]]
    counts: dict[str, dict[str, int]]
    notes: list[str] = field(default_factory=list)


def count_objects(images: Sequence[Rows]) -> dict[str, dict[str, int]]:
    """Count the objects of each class.

    Args:
        images: Rows of the ground truth of each image.

    Returns:
        ``{class: {images, objects, ignored}}``: images that contain the class, be it ignored
        objects alone; objects of score 1; objects of score 0.
    """
    counts = {}
    for category, name in enumerate(CLASSES, start=1):
        scores = [rows.scores[rows.categories == category] for rows in images]
        counts[name] = dict(
            images=sum(len(part) > 0 for part in scores),
            objects=int(sum((part != 0).sum() for part in scores)),
            ignored=int(sum((part == 0).sum() for part in scores)),
        )
    return counts


def densest_image(images: Sequence[Rows]) -> int:
    """Return the largest number of objects of the ten classes in one image."""
    return max(
        int(((rows.scores != 0) & (rows.categories > 0) & (rows.categories <= len(CLASSES))).sum())
        for rows in images
    )


def result_table(result: Result, classwise: bool = True) -> str:
    """Return the protocol, the overall numbers, a row a class and the notes.

    Args:
        result: Of either protocol.
        classwise: Without, the rows of the classes are left out.
    """
    names = list(result.summary)
    parts = [result.protocol, AsciiTable([names, _row(result.summary, names)]).table]
    if classwise:
        columns = [name for name in names if name.startswith("AP")] + names[-1:]
        rows = [["class", *columns, "images", "objects", "ignored"]]
        for name, values in result.per_class.items():
            counts = result.counts[name]
            rows.append([name, *_row(values, columns), *map(str, counts.values())])
        parts.append(AsciiTable(rows).table)
        parts.append("objects: of score 1; ignored: of score 0; -1 = nothing to find")
    return "\n".join([*parts, *result.notes])


def _row(values: dict[str, float], names: Sequence[str]) -> list[str]:
    return ["-1" if values[name] == NO_OBJECT else f"{values[name]:.2f}" for name in names]
