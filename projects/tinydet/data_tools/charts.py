"""Charts of a page as inline SVG, in the colors of the page.

A chart is drawn for 360 px, the width of a phone and of a third of a screen, so that its letters
keep their size.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import LogLocator, MaxNLocator

from tinydet.data_tools.page import together

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 16, 36  # margins
ACROSS, DOWN = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
COLORS = 6  # --c0 to --c5 of page.css
Curve = tuple[Sequence[float], Sequence[float]]


def chart(title: str, drawn: str, below: str = "") -> Markup:
    """Put something drawn into a card with a title."""
    return Markup('<figure class="chart"><figcaption>{}</figcaption>{}{}</figure>').format(
        title, drawn, below
    )


def bars(title: str, values: Mapping[str, float], unit: str = "") -> Markup:
    """Return horizontal bars, one for each name, with the figure at the end."""
    top = max(values.values(), default=0) or 1
    row = Markup('<span>{}</span><i style="width:{:.2f}%"></i><b>{}</b>')
    rows = together(
        row.format(name, 100 * value / top, f"{value:,.6g}{unit}") for name, value in values.items()
    )
    return chart(title, Markup('<div class="bars">{}</div>').format(rows))


def histogram(
    title: str,
    counts: Sequence[float] | Mapping[str, Sequence[float]],
    edges: Sequence[float],
    x: str = "",
    marks: Mapping[str, float] | None = None,
) -> Markup:
    """Return a histogram whose bins are equally wide, whatever their edges are.

    Args:
        title: Above the chart.
        counts: Of each bin; several series by name are drawn side by side in a bin.
        edges: Of the bins, ascending, one more than counts.
        x: Name and unit of the edges.
        marks: Vertical lines, by their text.
    """
    series = counts if isinstance(counts, Mapping) else {"": counts}
    bins = len(edges) - 1
    top = max((max(values, default=0) for values in series.values()), default=0) or 1
    wide = ACROSS / bins
    thin = wide * 0.9 / len(series)
    rect = Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" style="fill:var(--c{})">'
        "<title>{}</title></rect>"
    )
    drawn = [
        rect.format(
            LEFT + wide * (index + 0.05) + thin * place,
            TOP + DOWN * (1 - value / top),
            thin,
            DOWN * value / top,
            place % COLORS,
            f"{name} {edges[index]:.4g} to {edges[index + 1]:.4g}: {value:,.4g}".strip(),
        )
        for place, (name, values) in enumerate(series.items())
        for index, value in enumerate(values)
    ]
    step = 2 ** int(np.ceil(np.log2(max(1, bins / 8))))
    ticks = {f"{edges[index]:.3g}": index / bins for index in range(0, bins + 1, step)}
    lines = {
        label: np.interp(at, edges, np.linspace(0, 1, bins + 1))
        for label, at in (marks or {}).items()
    }
    axes = [_across(ticks, x), _upwards(top), _marks(lines)]
    return chart(title, _svg(title, [*axes, *drawn]), _legend(list(series)))


def curves(
    title: str,
    lines: Mapping[str, Curve],
    x: str = "",
    logarithmic: bool = False,
    top: float | None = None,
    marks: Mapping[str, float] | None = None,
) -> Markup:
    """Return lines through points.

    Args:
        title: Above the chart.
        lines: ``{name: (x, y)}``; y is 0 or more.
        x: Name and unit of the horizontal axis.
        logarithmic: Whether x, then above 0, is shown by its logarithm.
        top: Upper end of y; by default the largest value.
        marks: Vertical lines, by their text.
    """
    points = {name: np.array(line, float) for name, line in lines.items()}
    every = np.concatenate(list(points.values()), 1)
    low, high = every[0].min(), every[0].max()
    top = top or every[1].max() or 1

    def place(at: np.ndarray) -> np.ndarray:
        scale = np.log if logarithmic else np.asarray
        return (scale(at) - scale(low)) / ((scale(high) - scale(low)) or 1)

    drawn = []
    for number, line in enumerate(points.values()):
        pairs = [
            f"{LEFT + ACROSS * a:.1f},{TOP + DOWN * (1 - b / top):.1f}"
            for a, b in zip(place(line[0]), line[1], strict=True)
        ]
        alone = " alone" if len(pairs) == 1 else ""  # a dot: a line needs two points
        drawn.append(
            Markup('<polyline class="curve{}" style="stroke:var(--c{})" points="{}"/>').format(
                alone, number % COLORS, " ".join(pairs * 2 if alone else pairs)
            )
        )
    ticks = {f"{at:.4g}": float(place(at)) for at in _ticks(low, high, logarithmic)}
    inside = {label: float(place(at)) for label, at in (marks or {}).items() if low <= at <= high}
    axes = [_across(ticks, x), _upwards(top), _marks(inside)]
    return chart(title, _svg(title, [*axes, *drawn]), _legend(list(points)))


def intervals(
    title: str,
    values: Mapping[str, tuple[float, float, float]],
    x: str = "",
    gray: Collection[str] = (),
) -> Markup:
    """Return a row for each name with a point and the line of its interval, and a line at 0.

    Args:
        title: Above the chart.
        values: ``{name: (value, low, high)}``; green above 0, red below, gray where 0 is inside.
        x: Name and unit of the axis.
        gray: Names that are gray wherever their interval lies.
    """
    ends = [0.0, *(end for value in values.values() for end in value)]
    low, high = min(ends), max(ends)
    margin, step = 0.05 * ((high - low) or 1), 20
    low, high = low - margin, high + margin
    left = 14 + 6.5 * max(map(len, values), default=0)  # beside the longest name
    base = TOP + step * len(values)

    def place(at: float) -> float:
        return left + (WIDTH - RIGHT - left) * (at - low) / (high - low)

    row = Markup(
        '<text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
        '<path class="interval" style="stroke:{}" d="M{:.1f} {:.1f}H{:.1f}"/>'
        '<circle cx="{:.1f}" cy="{:.1f}" r="4" style="fill:{}"><title>{}</title></circle>'
    )
    drawn = []
    for number, (name, (value, start, end)) in enumerate(values.items()):
        y = TOP + step * (number + 0.5)
        side = "c2" if start > 0 else "fault" if end < 0 else "soft"
        color = f"var(--{'soft' if name in gray else side})"
        words = f"{name} {value:+.3g}, {start:+.3g} to {end:+.3g}"
        ends_of = (place(start), y, place(end), place(value), y)
        drawn.append(row.format(f"{left - 8:.1f}", y + 4, name, color, *ends_of, color, words))
    tick = Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
    line = Markup('<path class="axis" d="M{:.1f} {}V{}"/>').format(place(0), TOP, base)
    ticks = [tick.format(place(at), base + 14, f"{at:g}") for at in _ticks(low, high)]
    name = tick.format((left + WIDTH - RIGHT) / 2, base + 31, x)
    return chart(title, _svg(title, [line, *ticks, name, *drawn], base + BOTTOM))


def heat(title: str, values: np.ndarray, note: str = "") -> Markup:
    """Return a map of ``(rows, columns)`` values of 0 or more, the largest in full color."""
    rows, columns = values.shape
    top = values.max() or 1
    rect = Markup(
        '<rect x="{}" y="{}" width="1" height="1" style="fill:var(--c0);fill-opacity:{:.3f}">'
        "<title>{}</title></rect>"
    )
    cells = together(
        rect.format(column, row, values[row, column] / top, f"{values[row, column]:,.4g}")
        for row in range(rows)
        for column in range(columns)
    )
    frame = Markup('<rect class="axis" x="0" y="0" width="{}" height="{}"/>').format(columns, rows)
    drawn = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>').format(
        columns, rows, title, cells, frame
    )
    return chart(title, drawn, Markup('<p class="note">{}</p>').format(note) if note else "")


def _svg(title: str, parts: Sequence[str], height: int = HEIGHT) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, title, together(parts)
    )


def _ticks(low: float, high: float, logarithmic: bool = False) -> list[float]:
    locator = LogLocator(subs=(1, 2, 5)) if logarithmic else MaxNLocator(4)
    return [float(at) for at in locator.tick_values(low, high) if low <= at <= high]


def _across(ticks: Mapping[str, float], name: str) -> Markup:
    """Return the horizontal axis: texts at places from 0 to 1, and its name."""
    tick = Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
    base = TOP + DOWN
    return together(
        [
            *(tick.format(LEFT + ACROSS * at, base + 14, words) for words, at in ticks.items()),
            tick.format(LEFT + ACROSS / 2, base + 31, name),
            Markup('<path class="axis" d="M{} {}H{}"/>').format(LEFT, base, WIDTH - RIGHT),
        ]
    )


def _upwards(top: float) -> Markup:
    """Return the lines and texts of the vertical axis, which starts at 0."""
    tick = Markup(
        '<path class="axis" d="M{} {:.1f}H{}"/><text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
    )
    places = [(TOP + DOWN * (1 - at / top), at) for at in _ticks(0, top)]
    return together(
        tick.format(LEFT, y, WIDTH - RIGHT, LEFT - 5, y + 4, _short(at)) for y, at in places
    )


def _short(number: float) -> str:
    """Return a number for an axis: 12k for 12,000."""
    return f"{number / 1000:g}k" if number >= 10_000 else f"{number:g}"


def _marks(places: Mapping[str, float]) -> Markup:
    """Return vertical lines with texts at places from 0 to 1."""
    line = Markup(
        '<path class="axis mark" d="M{0:.1f} {1}V{2}"/>'
        '<text class="mark-text" x="{0:.1f}" y="{3}" text-anchor="middle">{4}</text>'
    )
    return together(
        line.format(LEFT + ACROSS * at, TOP, TOP + DOWN, TOP - 4, words)
        for words, at in places.items()
    )


def _legend(names: Sequence[str]) -> Markup:
    """Return the names of several series with their colors; a single series needs none."""
    if len(names) < 2:
        return Markup("")
    item = Markup('<li style="--color:var(--c{})">{}</li>')
    return Markup('<ul class="legend">{}</ul>').format(
        together(item.format(place % COLORS, name) for place, name in enumerate(names))
    )
