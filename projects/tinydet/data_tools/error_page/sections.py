"""The page as a whole, and what it says first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tinydet.analysis.error_kinds import BACKGROUND, FOUND, MISSED
from tinydet.analysis.paired import Difference
from tinydet.data_tools.error_page.comparison import comparison
from tinydet.data_tools.error_page.counts import NAMES, counts
from tinydet.data_tools.error_page.gallery import gallery
from tinydet.data_tools.error_page.lost import lost, totals
from tinydet.data_tools.error_page.scores import calibrated, confused, precision_and_recall
from tinydet.data_tools.error_page.side import Side
from tinydet.data_tools.page import Section, facts, text, together

SHOWN = dict(
    AP="AP",
    AP_50="AP at 0.5",
    AP_vt="AP, very tiny",
    AP_t="AP, tiny",
    AP_s="AP, small",
    AP_m="AP, medium",
)

WORDS = {kind: f"detections that are {name}" for kind, name in NAMES.items()}
WORDS |= {MISSED: "missed objects", BACKGROUND: "detections of background"}


def sections(
    sides: Sequence[Side], differences: Sequence[Difference], folder: Path | None, pictures: int
) -> Iterator[Section]:
    """Yield the sections of the page.

    Args:
        sides: One file of predictions or two.
        differences: Of the second and the first, from :func:`tinydet.analysis.paired.compare`.
        folder: Of the pictures; None to show none.
        pictures: Number to show.
    """
    yield Section("Overview", [together([text(headline(side)), _facts(side)]) for side in sides])
    if differences:
        yield comparison(differences, [side.name for side in sides])
    yield lost(sides)
    if folder:
        yield gallery(sides, folder, pictures)
    yield counts(sides)
    yield precision_and_recall(sides)
    if len(sides[0].classes) > 1:
        yield confused(sides)
    yield calibrated(sides)


def headline(side: Side) -> str:
    """Return what costs most, as a sentence."""
    (first, worst), (second, next_worst) = totals(side)[:2]
    ap = 100 * side.result.summary["AP"]
    return (
        f"{side.name}: AP {ap:.1f}. At an IoU of 0.5, AP loses {100 * worst:.1f} points to "
        f"{WORDS[first]} and {100 * next_worst:.1f} to {WORDS[second]}."
    )


def _facts(side: Side) -> str:
    summary, used = side.result.summary, side.used
    figures = [
        (f"{100 * summary[key]:.1f}", words) for key, words in SHOWN.items() if summary[key] >= 0
    ]
    hits = (used.states == FOUND).mean() if len(used.states) else np.nan
    wrong = (used.kinds == BACKGROUND).sum() / len(side.truth["images"])
    return facts(
        [
            *figures,
            (f"{hits:.0%}", f"of {len(used.states):,} objects found, from the best scores on"),
            (f"{wrong:.1f}", "detections of background a picture"),
        ]
    )
