"""The worst pictures, with a mark on each error that the form above them hides and shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup

from tinydet.analysis.error_kinds import BADLY_PLACED, CONFUSED, FOUND, IGNORED, MISSED
from tinydet.analysis.judged import Judged
from tinydet.boxes import Boxes
from tinydet.data_tools.error_page.counts import NAMES, WRONG
from tinydet.data_tools.error_page.side import Side, range_of_area
from tinydet.data_tools.page import Section, anchor, embedded, grid, text, together
from tinydet.datasets.images import find_missing
from tinydet.datasets.loading import as_seen
from tinydet.datasets.statistics import RANGES
from tinydet.visualization.panels import densest_window

WINDOW, QUALITY = 320, 93  # px of a picture that are shown, of their JPEG
ORDERS = dict(errors="most errors first", name="by name")
ORDERS_OF_TWO = dict(worse="second worse than first", better="second better than first")
WHOLE = Markup('<div class="gallery">{}{}</div>')
FORM = Markup(
    '<form>{}<label>class <select name="label"><option value="">all</option>{}</select></label>'
    '<label>size <select name="range"><option value="">all</option>{}</select></label>'
    '<label>order <select name="order">{}</select></label><output></output></form>'
)
KIND = Markup('<label class="kind {}"><input type="checkbox" name="{}" checked=""/>{}</label>')
OPTION = Markup('<option value="{}">{}</option>')
SHOT = Markup(
    '<figure class="shot" data-name="{}"><div class="views">{}</div>'
    "<figcaption><b>{}</b> errors in {}</figcaption></figure>"
)
VIEW = Markup(
    '<svg viewBox="0 0 {0} {1}" role="img" aria-label="{2}"><image href="{3}" width="{0}" '
    'height="{1}"/>{4}</svg>'
)
MARK = Markup(
    '<rect class="mark {}" data-kind="{}" data-label="{}" data-range="{}" x="{:.1f}" y="{:.1f}" '
    'width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
)
OUTLINE = Markup('<rect class="mark object" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')


def gallery(sides: Sequence[Side], folder: Path, count: int) -> Section:
    """Return the pictures with most errors.

    Args:
        sides: One or two; the pictures are those with most errors in both together.
        folder: Of the pictures.
        count: Pictures at most.
    """
    images = sorted(sides[0].truth["images"], key=lambda image: image["id"])
    errors = sum(_errors(side.used, len(images)) for side in sides)
    worst = [place for place in np.argsort(-errors, kind="stable")[:count] if errors[place]]
    lost = find_missing([str(folder / images[place]["file_name"]) for place in worst])
    parts = [text(f"{path}: {words}", "fault") for path, words in lost.items()]
    shots = [
        _shot(sides, place, images[place]["file_name"], folder)
        for place in worst
        if str(folder / images[place]["file_name"]) not in lost
    ]
    if not shots:
        return Section("Worst pictures", [*parts, text("No picture with an error to show.")])
    return Section(
        "Worst pictures",
        [*parts, WHOLE.format(_form(sides), grid(*shots, least=340 * len(sides)))],
        f"The {len(shots)} pictures with most errors, of each the {WINDOW} px with most. A mark "
        "says what it is where the pointer rests on it. A missed object is dashed red; dotted "
        "white is the object that a badly placed or confused detection is at.",
    )


def _errors(used: Judged, number: int) -> np.ndarray:
    """Return ``(I,)`` numbers of missed objects and wrong detections."""
    wrong = np.isin(used.kinds, WRONG)
    missed = used.states == MISSED
    places = (used.detections.image_ids[wrong], used.objects.image_ids[missed])
    return np.bincount(np.concatenate(places), minlength=number)


def _form(sides: Sequence[Side]) -> Markup:
    kinds = [NAMES[kind] for kind in (FOUND, MISSED, *WRONG)]
    orders = ORDERS | ORDERS_OF_TWO if len(sides) > 1 else ORDERS
    return FORM.format(
        together(KIND.format(anchor(name), name, name) for name in kinds),
        together(OPTION.format(name, name) for name in sides[0].classes),
        together(OPTION.format(name, name) for name in RANGES),
        together(OPTION.format(*pair) for pair in orders.items()),
    )


def _shot(sides: Sequence[Side], place: int, name: str, folder: Path) -> Markup:
    """Return a picture, once for each file of predictions."""
    pixels = as_seen(folder / name)
    wrong = np.concatenate([_wrong(side.used, place) for side in sides])
    height, width = pixels.shape[:2]
    size = (min(WINDOW, width), min(WINDOW, height))
    window = densest_window(wrong, size, (width, height))
    x1, y1, x2, y2 = window
    address = embedded(pixels[y1:y2, x1:x2], quality=QUALITY)
    marks = [list(_marks(side, place, window)) for side in sides]
    views = [
        VIEW.format(*size, f"{name}, {side.name}", address, together(own))
        for side, own in zip(sides, marks, strict=True)
    ]
    numbers = " and ".join(str(_count(own)) for own in marks)
    names = f": {' and '.join(side.name for side in sides)}" if len(sides) > 1 else ""
    return SHOT.format(name, together(views), numbers, f"{name}{names}")


def _wrong(used: Judged, place: int) -> np.ndarray:
    """Return ``(N, 4)`` boxes of the missed objects and wrong detections of a picture."""
    objects = used.objects[(used.objects.image_ids == place) & (used.states == MISSED)]
    found = used.detections[(used.detections.image_ids == place) & np.isin(used.kinds, WRONG)]
    return np.concatenate([objects.xyxy, found.xyxy])


def _marks(side: Side, place: int, window: np.ndarray) -> Iterator[Markup]:
    """Yield the marks in a window of a picture: what is found below, what is missed on top."""
    used = side.used
    sizes = range_of_area(used.areas)
    mine = np.flatnonzero(_seen(used.objects, place, window))
    for row in mine[np.isin(used.states[mine], (BADLY_PLACED, CONFUSED))]:
        yield OUTLINE.format(*_moved(used.objects.xywh[row], window))
    found = np.flatnonzero(_seen(used.detections, place, window) & (used.kinds != IGNORED))
    own = range_of_area(used.detections.xywh[:, 2:].prod(1))
    for row in found[np.argsort(used.kinds[found] != FOUND, kind="stable")]:
        target = used.targets[row]
        label = side.classes[used.detections.class_ids[row]]
        words = f"{label} {used.detections.scores[row]:.2f}"
        if used.kinds[row] == CONFUSED:
            words += f", is {side.classes[used.objects.class_ids[target]]}"
        box = _moved(used.detections.xywh[row], window)
        yield _mark(used.kinds[row], label, sizes[target] if target >= 0 else own[row], box, words)
    for row in mine[used.states[mine] == MISSED]:
        label = side.classes[used.objects.class_ids[row]]
        box = _moved(used.objects.xywh[row], window)
        yield _mark(MISSED, label, sizes[row], box, f"{label}, {np.sqrt(used.areas[row]):.1f} px")


def _mark(kind: int, label: str, size: int, box: np.ndarray, words: str) -> Markup:
    name = NAMES[kind]
    return MARK.format(anchor(name), name, label, list(RANGES)[size], *box, f"{name}: {words}")


def _count(marks: Sequence[str]) -> int:
    """Return the number of errors among marks, as page.js counts them."""
    return sum("data-kind" in mark and f'data-kind="{NAMES[FOUND]}"' not in mark for mark in marks)


def _seen(boxes: Boxes, place: int, window: np.ndarray) -> np.ndarray:
    """Return which boxes of a picture lie in the window, at least in part."""
    corners = boxes.xyxy
    apart = (corners[:, :2] >= window[2:]) | (corners[:, 2:] <= window[:2])
    return (boxes.image_ids == place) & ~apart.any(1)


def _moved(box: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Return x, y, width and height in the window."""
    return box - [*window[:2], 0, 0]
