"""An evaluation as text for people."""

from __future__ import annotations

from terminaltables import AsciiTable

from tinydet.evaluation.aitod import AREA_RANGES, Result

RANGE_WORDS = {"all": "all", "vt": "2-8 px", "t": "8-16 px", "s": "16-32 px", "m": "over 32 px"}


def _percent(value: float) -> str:
    """Format a fraction in per cent; NaN and -1 keep their meaning."""
    if value != value:
        return "nan"
    return "-1" if value == -1 else f"{100 * value:.1f}"


def result_table(result: Result) -> str:
    """Return the overall numbers, a row a class and the ground truths of each range."""
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
    for name, values in result.per_class.items():
        counts = [str(result.num_gts[name][area]) for area in AREA_RANGES]
        rows.append([name, *(_percent(values[column]) for column in columns), *counts])
    totals = [str(sum(row[area] for row in result.num_gts.values())) for area in AREA_RANGES]
    rows.append(["all", *(_percent(result.summary[column]) for column in columns), *totals])
    parts.append(AsciiTable(rows).table)
    words = ", ".join(f"{name}: {RANGE_WORDS[name]}" for name in list(AREA_RANGES)[1:])
    parts.append(f"gts: number of ground truths ({words}); -1: there are none in this range")
    return "\n".join(parts)
