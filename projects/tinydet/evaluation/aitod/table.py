"""Format the result of an evaluation as text tables."""

from __future__ import annotations

from terminaltables import AsciiTable

from tinydet.evaluation.aitod import AITODResult
from tinydet.evaluation.protocol import AREA_RANGES


def percent(value: float) -> str:
    """Format a fraction in per cent; NaN and -1 stay as they are."""
    if value != value:
        return "nan"
    return "-1" if value == -1 else f"{100 * value:.1f}"


def result_table(result: AITODResult, classwise: bool = True) -> str:
    """Return tables of the summary, of each class and of the number of ground truths.

    Args:
        result: From :func:`evaluate_detailed`.
        classwise: Whether to list the classes.
    """
    ranges = result.protocol.area_ranges
    by_range = [f"AP_{name}" for name in ranges if name != "all"]
    groups = [
        ("AP", "AP_50", "AP_75", *by_range),
        [name for name in result.summary if name.startswith("AR")],
        ("oLRP", "oLRP_Localisation", "oLRP_false_positive", "oLRP_false_negative"),
    ]
    title = "AI-TOD protocol" + ", own area ranges" * (ranges != AREA_RANGES)
    parts = [f"{title}, maxDets {tuple(result.protocol.max_dets)}, in per cent"]
    for names in groups:
        values = [percent(result.summary[name]) for name in names]
        parts.append(AsciiTable([names, values]).table)

    columns = ["AP", "AP_50", *by_range, "oLRP"]
    rows = [["class", *columns, *(f"gts {name}" for name in ranges)]]
    for name, values in result.per_class.items() if classwise else ():
        counts = [str(result.num_gts[name][area]) for area in ranges]
        rows.append([name, *(percent(values[column]) for column in columns), *counts])
    totals = [str(sum(row[area] for row in result.num_gts.values())) for area in ranges]
    rows.append(["all", *(percent(result.summary[column]) for column in columns), *totals])
    parts.append(AsciiTable(rows).table)
    words = ", ".join(
        f"{name}: {low:g} to {high:g}" for name, (low, high) in ranges.items() if name != "all"
    )
    parts.append(
        f"gts: number of ground truths by area in px² ({words}); -1 = no ground truth in this "
        "range; nan = no true positive"
    )
    return "\n".join(parts)
