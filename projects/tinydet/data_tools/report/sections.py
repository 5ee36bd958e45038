"""What a data set has, and what that asks of a training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup

from tinydet.boxes import Boxes
from tinydet.data_tools import charts
from tinydet.data_tools.advice import Advice
from tinydet.data_tools.data import Data
from tinydet.data_tools.objects import Objects
from tinydet.data_tools.page import Section, code, facts, grid, text
from tinydet.data_tools.report.label_faults import label_faults
from tinydet.data_tools.report.pictures import densest
from tinydet.data_tools.report.places import crowding, shapes
from tinydet.data_tools.report.resolutions import resolutions
from tinydet.data_tools.report.sizes import sizes_section, splits


def sections(
    data: Data,
    other: Data | None,
    seen: Objects,
    advices: Sequence[Advice],
    found: Boxes | None = None,
) -> Iterator[Section]:
    """Yield the sections of the page.

    Args:
        data: The training set.
        other: The validation set.
        seen: The objects of ``data`` in px of the network input.
        advices: For the training set.
        found: Detections in the training set's pictures.
    """
    yield overview(data)
    yield Section(
        "Advice", [advice_card(one) for one in advices], "For the sizes in the network input."
    )
    yield sizes_section(data, seen)
    yield shapes(data)
    yield crowding(data)
    if data.folder:
        yield densest(data, found)
    yield label_faults(data)
    if other:
        yield splits(data, other)
    yield resolutions(data)


def overview(data: Data) -> Section:
    """Return the figures that describe the set, its classes and its objects a picture."""
    objects, counts = data.objects, data.objects.per_picture
    wide, high = objects.shapes.max(0)
    figures = [
        (f"{len(counts):,}", "pictures"),
        (f"{len(objects.boxes):,}", "objects"),
        (len(objects.classes), "classes"),
        (f"{wide:.0f} × {high:.0f}", "px, the largest picture"),
        (f"{np.median(objects.sizes):.1f}", "px, the median object, √(w · h)"),
        (f"{np.mean(objects.sizes < 16):.0%}", "of the objects below 16 px"),
        (f"{counts.mean():.1f}", f"objects a picture, at most {counts.max():,}"),
        (f"{(counts == 0).sum():,}", "pictures without objects"),
    ]
    classes = np.bincount(objects.class_ids, minlength=len(objects.classes))
    order = np.argsort(-classes, kind="stable")
    named = {objects.classes[place]: int(classes[place]) for place in order}
    edges = np.unique(np.linspace(0, counts.max() + 1, 16).round().astype(int))
    per_picture = charts.histogram(
        "Objects a picture", np.histogram(counts, edges)[0], edges, "objects"
    )
    return Section(
        "Overview", [facts(figures), grid(charts.bars("Objects by class", named), per_picture)]
    )


def advice_card(advice: Advice) -> Markup:
    """Return an advice with its reason and its lines to copy."""
    return Markup('<div class="advice"><h3>{}</h3>{}{}</div>').format(
        advice.title, text(advice.reason), code(advice.lines) if advice.lines else ""
    )
