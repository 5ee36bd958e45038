"""The results that stand for a published row, and whether they are comparable with its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from tinydet.tables.published import Row
from tinydet.tables.results import Result

TERMS = ("protocol", "max_dets", "ignore", "ann_file")  # equal in all results of a mean
PROTOCOLS = {
    "AI-TOD": "AI-TOD",
    "AI-TOD-v2": "AI-TOD",
    "COCO 2017": "COCO",
    "Pascal VOC 07+12": "Pascal VOC",
    "SODA-A": "SODA",
    "SODA-D": "SODA",
}


def results_for(row: Row, results: Sequence[Result]) -> tuple[list[Result], list[str]]:
    """Return the results that stand for a row, and a sentence for each reason to exclude others.

    Runs with other options than the row's, and runs on another data set or split, are excluded.
    All runs are excluded if they were not measured alike.
    """
    plain = [result for result in results if result.options == " ".join(row.options)]
    same = [
        result
        for result in plain
        if (result.conditions["data"], result.conditions["split"]) == (row.data, row.split)
    ]
    lines = []
    count = len(results) - len(plain)
    if count and not row.options:  # a row with options shares its config with other rows
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


def published_protocol(row: Row) -> tuple[str, str]:
    """Return protocol and maxDets of the published numbers, empty where unknown.

    Only the protocol of AI-TOD has an APvt, whatever the data set.
    """
    usual = "AI-TOD" if "APvt" in row.numbers else PROTOCOLS.get(row.data, "")
    protocol = row.protocol or usual
    return protocol, "1500" if row.data.startswith("AI-TOD") else ""


def incomparable(row: Row, results: Sequence[Result]) -> list[str]:
    """Return why our numbers must not be subtracted from the published ones; usually nothing.

    Args:
        row: A published row.
        results: Results of :func:`results_for`, all measured alike.
    """
    if not results:
        return []
    protocol, max_dets = (results[0].conditions[name] for name in ("protocol", "max_dets"))
    published, limit = published_protocol(row)
    if published not in ("", protocol):
        return [f"No difference, {row.name}: ours by {protocol}, the paper's by {published}."]
    if limit not in ("", max_dets.rpartition("/")[2]):
        return [f"No difference, {row.name}: ours with maxDets {max_dets}, the paper's {limit}."]
    return []
