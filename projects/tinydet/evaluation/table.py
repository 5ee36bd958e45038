"""An evaluation as text for people."""

from __future__ import annotations

from terminaltables import AsciiTable

from tinydet.evaluation.aitod import Result
from tinydet.evaluation.protocol import AREA_RANGES

RANGE_WORDS = {"vt": "up to 8² px²", "t": "8² to 16²", "s": "16² to 32²", "m": "from 32²"}


def _percent(value: float) -> str:
    """Format a fraction in per cent; NaN and -1 keep their meaning."""
    if value != value:
        return "nan"
    return "-1" if value == -1 else f"{100 * value:.1f}"


def result_table(result: Result, classwise: bool = True) -> str:
    """Return the overall numbers, the ground truths of each range and a row a class.

    Args:
        result: What :func:`evaluate_detailed` returned.
        classwise: Without, the rows of the classes are left out.
    """
    groups = [
        ("AP", "AP_50", "AP_75", "AP_vt", "AP_t", "AP_s", "AP_m"),
        [name for name in result.summary if name.startswith("AR")],
        ("oLRP", "oLRP_Localisation", "oLRP_false_positive", "oLRP_false_negative"),
    ]
    parts = [f"AI-TOD protocol, maxDets {result.max_dets}, in per cent"]
    for names in groups:
        values = [_percent(result.summary[name]) for name in names]
        parts.append(AsciiTable([names, values]).table)

    columns = ["AP", "AP_50", "AP_vt", "AP_t", "AP_s", "AP_m", "oLRP"]
    rows = [["class", *columns, *(f"gts {name}" for name in AREA_RANGES)]]
    for name, values in result.per_class.items() if classwise else ():
        counts = [str(result.num_gts[name][area]) for area in AREA_RANGES]
        rows.append([name, *(_percent(values[column]) for column in columns), *counts])
    totals = [str(sum(row[area] for row in result.num_gts.values())) for area in AREA_RANGES]
    rows.append(["all", *(_percent(result.summary[column]) for column in columns), *totals])
    parts.append(AsciiTable(rows).table)
    words = ", ".join(f"{name}: {text}" for name, text in RANGE_WORDS.items())
    parts.append(
        f"gts: number of ground truths by area ({words}); -1 = no ground truth in this range; "
        "nan = no true positive"
    )
    return "\n".join(parts)
