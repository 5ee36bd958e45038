"""Which of our results stand for a published row, and which may be subtracted from it."""

from __future__ import annotations

from collections.abc import Sequence

from tinydet.tables.published import Row
from tinydet.tables.results import Result

TERMS = ("protocol", "max_dets", "ignore", "ann_file")  # alike in all that is averaged
PROTOCOLS = {
    "AI-TOD": "AI-TOD",
    "AI-TOD-v2": "AI-TOD",
    "COCO 2017": "COCO",
    "Pascal VOC 07+12": "Pascal VOC",
}


def of_the_row(row: Row, results: Sequence[Result]) -> tuple[list[Result], list[str]]:
    """Return the results that stand for a row, and a sentence for each reason that others do not.

    Out are runs with options of their own, runs on another data set or split, and all of them
    where they were not measured alike.
    """
    plain = [result for result in results if not result.options]
    same = [
        result
        for result in plain
        if (result.conditions["data"], result.conditions["split"]) == (row.data, row.split)
    ]
    lines = []
    if len(results) > len(plain):
        count = len(results) - len(plain)
        lines.append(
            f"Not shown, {row.name}: runs with options that differ from the config ({count})."
        )
    if len(plain) > len(same):
        count = len(plain) - len(same)
        lines.append(
            f"Not shown, {row.name}: runs on other data than {row.data} {row.split} ({count})."
        )
    for name in TERMS:
        values = sorted({result.conditions[name] for result in same})
        if len(values) > 1:
            lines.append(
                f"Not shown, {row.name}: its runs differ in {name} ({', '.join(values)}), so they "
                "have no mean."
            )
            return [], lines
    return same, lines


def papers(row: Row) -> tuple[str, str]:
    """Return protocol and maxDets of the published numbers, empty where they are not known.

    Only AI-TOD's protocol has an APvt, whatever the data.
    """
    protocol = "AI-TOD" if "APvt" in row.numbers else PROTOCOLS.get(row.data, "")
    return protocol, "1500" if row.data.startswith("AI-TOD") else ""


def unlike(row: Row, results: Sequence[Result]) -> list[str]:
    """Say why the difference to the published numbers would mean nothing; usually nothing.

    Args:
        row: As published.
        results: Of :func:`of_the_row`, so measured alike.
    """
    if not results:
        return []
    protocol, max_dets = (results[0].conditions[name] for name in ("protocol", "max_dets"))
    published, limit = papers(row)
    if published not in ("", protocol):
        return [f"No difference, {row.name}: ours by {protocol}, the paper's by {published}."]
    if limit not in ("", max_dets.rpartition("/")[2]):
        return [f"No difference, {row.name}: ours with maxDets {max_dets}, the paper's {limit}."]
    return []
