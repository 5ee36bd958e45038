"""The result of an evaluation on VisDrone, and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from terminaltables import AsciiTable

from tinydet.boxes import Boxes
from tinydet.evaluation.visdrone.rows import CLASSES

NO_OBJECT = -1.0


@dataclass
class VisDroneResult:
    """Result of either protocol; numbers are fractions, or -1 for a class without objects.

    Attributes:
        protocol: One line that names the protocol and its parameters.
        summary: ``{metric: value}`` for ``AP, AP_50, AP_75, …, AR_1, …``.
        per_class: ``{class name: {metric: value}}``.
        counts: ``{class name: {images, objects, ignored}}``, see :func:`count_objects`.
        notes: Lines to print below the tables.
    """

    protocol: str
    summary: dict[str, float]
    per_class: dict[str, dict[str, float]]
    counts: dict[str, dict[str, int]]
    notes: list[str] = field(default_factory=list)


def count_objects(images: Sequence[Boxes]) -> dict[str, dict[str, int]]:
    """Count the objects of each class.

    Args:
        images: Ground truth of each image.

    Returns:
        ``{class name: {images, objects, ignored}}``: the number of images with at least one object
        of the class, ignored or not; of objects with score 1; of ignored objects, with score 0.
    """
    counts = {}
    for class_id, name in enumerate(CLASSES, start=1):
        scores = [boxes.scores[boxes.class_ids == class_id] for boxes in images]
        counts[name] = dict(
            images=sum(len(part) > 0 for part in scores),
            objects=int(sum((part != 0).sum() for part in scores)),
            ignored=int(sum((part == 0).sum() for part in scores)),
        )
    return counts


def densest_image(images: Sequence[Boxes]) -> int:
    """Return the largest number of objects of the ten classes in one image."""
    return max(
        int(((image.scores != 0) & (image.class_ids > 0) & (image.class_ids <= len(CLASSES))).sum())
        for image in images
    )


def result_table(result: VisDroneResult, classwise: bool = True) -> str:
    """Return the protocol, the tables of the summary and of the classes, and the notes.

    Args:
        result: Result of either protocol.
        classwise: Whether to list the classes.
    """
    names = list(result.summary)
    summary = AsciiTable([names, _row(result.summary, names)]).table
    parts = [f"{result.protocol}, in per cent", summary]
    if classwise:
        columns = [name for name in names if name.startswith("AP")] + names[-1:]
        rows = [["class", *columns, "images", "objects", "ignored"]]
        for name, values in result.per_class.items():
            counts = result.counts[name]
            rows.append([name, *_row(values, columns), *map(str, counts.values())])
        parts.append(AsciiTable(rows).table)
        parts.append("objects: score 1; ignored: score 0; -1 = no object of the class")
    return "\n".join([*parts, *result.notes])


def _row(values: dict[str, float], names: Sequence[str]) -> list[str]:
    return ["-1" if values[name] == NO_OBJECT else f"{100 * values[name]:.2f}" for name in names]
