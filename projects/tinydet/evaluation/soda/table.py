"""Format the result of SODA's evaluation as text tables."""

from __future__ import annotations

from terminaltables import AsciiTable

from tinydet.evaluation.aitod.table import percent
from tinydet.evaluation.soda.evaluator import AREA_RANGES, SODAResult


def result_table(result: SODAResult, classwise: bool = True) -> str:
    """Return tables of the summary and of each class.

    Args:
        result: From :func:`tinydet.evaluation.soda.evaluate_read`.
        classwise: Whether to list the classes.
    """
    parts = [f"SODA protocol, maxDets {tuple(result.max_dets)}, in per cent"]
    for kind in ("AP", "AR"):
        names = [name for name in result.summary if name.startswith(kind)]
        parts.append(AsciiTable([names, [percent(result.summary[name]) for name in names]]).table)
    rows = [["class", "AP", "AP_50", *(f"gts {name}" for name in AREA_RANGES)]]
    for name, values in result.per_class.items() if classwise else ():
        counts = [str(result.num_gts[name][area]) for area in AREA_RANGES]
        rows.append([name, *map(percent, values.values()), *counts])
    totals = [str(sum(row[area] for row in result.num_gts.values())) for area in AREA_RANGES]
    rows.append(["all", *(percent(result.summary[name]) for name in ("AP", "AP_50")), *totals])
    parts.append(AsciiTable(rows).table)
    words = ", ".join(f"{name}: {low} to {high}" for name, (low, high) in AREA_RANGES.items())
    parts.append(
        f"AP, AP_50 and AP_75 are those of Small; gts: number of ground truths by area in px² "
        f"({words}); -1 = no ground truth in this range"
    )
    return "\n".join(parts)
