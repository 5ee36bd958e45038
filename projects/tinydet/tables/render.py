"""A compared table as Markdown, CSV, LaTeX or HTML."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, stdev

from tinydet.tables.compare import Cell, Report


def _number(value: float | None, sign: bool = False) -> str:
    if value is None:
        return ""
    if value == -1 and not sign:
        return "-1"
    return f"{value:+.1f}" if sign else f"{value:.1f}"


def mean_and_deviation(values: Sequence[float]) -> str:
    """Return ``mean ± std`` of per cent over seeds; the mean of one, nothing of none."""
    if not values:
        return ""
    return ours(Cell(None, fmean(values), stdev(values) if len(values) > 1 else None))


def ours(cell: Cell) -> str:
    """Return ``mean ± std``; the mean alone for one seed; nothing without a measurement."""
    mean = _number(cell.mean)
    return mean if cell.std is None else f"{mean} ± {cell.std:.1f}"


def _body(report: Report) -> list[list[str]]:
    """Return the cells of each row: name, number of seeds, then the numbers of each column."""
    texts = {
        "paper": lambda cell: _number(cell.paper),
        "ours": ours,
        "Δ": lambda cell: _number(cell.difference, sign=True),
    }
    return [
        [row.row.name, str(row.seeds or "")]
        + [texts[head](cell) for cell in row.cells.values() for head in report.heads]
        for row in report.rows
    ]


def _flat_heads(report: Report) -> list[str]:
    heads = [f"{name} {head}" for name in report.columns for head in report.heads]
    return ["row", "seeds", *heads]


def plain_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are not padded."""
    lines = [[cell.replace("|", "\\|") for cell in line] for line in (head, *rows)]
    first, *others = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([first, "|" + "---|" * len(head), *others]) + "\n"


def markdown(report: Report) -> str:
    """Return a Markdown table with the heading above and a list of sentences below."""
    lines = [_flat_heads(report), *_body(report)]
    lines = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in lines]
    table = "\n".join(f"| {' | '.join(line)} |" for line in [padded[0], rule, *padded[1:]])
    notes = "\n".join(f"- {line}" for line in report.lines)
    return f"**{report.heading}**\n\n{table}\n" + (f"\n{notes}\n" if notes else "")


def as_csv(report: Report) -> str:
    """Return unrounded numbers for a program, with mean and deviation in separate columns."""
    kinds = ("paper", "ours_mean", "ours_std", "difference")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [f"{name}_{kind}" for name in report.columns for kind in kinds]
    writer.writerow(["row", "config", "data", "split", "seeds", *names, "source", "note"])
    for row in report.rows:
        numbers = []
        for cell in row.cells.values():
            values = (cell.paper, cell.mean, cell.std, cell.difference)
            numbers += ["" if value is None else f"{value:.6g}" for value in values]
        about = row.row
        writer.writerow(
            [about.name, about.config, about.data, about.split, row.seeds]
            + [*numbers, about.source, about.note]
        )
    return text.getvalue()


def latex(report: Report) -> str:
    """Return a ``tabular`` for the booktabs package, with the sentences as comments below."""
    count, width = len(report.columns), len(report.heads)
    groups = " & ".join(rf"\multicolumn{{{width}}}{{c}}{{{_tex(name)}}}" for name in report.columns)
    starts = range(3, 3 + width * count, width)
    rules = " ".join(rf"\cmidrule(lr){{{start}-{start + width - 1}}}" for start in starts)
    heads = " & ".join([head.replace("Δ", r"$\Delta$") for head in report.heads] * count)
    body = "\n".join(" & ".join(map(_tex, cells)) + r" \\" for cells in _body(report))
    notes = "\n".join(f"% {line}" for line in (report.heading, *report.lines))
    return (
        rf"\begin{{tabular}}{{lr{'r' * width * count}}}"
        "\n\\toprule\n"
        rf"& & {groups} \\ {rules}"
        "\n"
        rf"method & seeds & {heads} \\"
        f"\n\\midrule\n{body}\n\\bottomrule\n\\end{{tabular}}\n{notes}\n"
    )


def _tex(text: str) -> str:
    """Escape the characters that LaTeX reads as commands."""
    special = {"±": r"$\pm$", "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\^{}"}
    special |= {"<": "$<$", ">": "$>$", "|": "$|$"}  # LaTeX's default text font prints other signs
    text = re.sub(r"[\\~^±<>|]|[&%$#_{}]", lambda m: special.get(m[0], "\\" + m[0]), text)
    return re.sub(r"^[-+](?=\d)", lambda m: f"${m[0]}$", text)  # a minus, not a hyphen


def as_html(report: Report) -> str:
    """Return a ``<table>`` whose heading groups the columns of each number."""
    width = len(report.heads)
    groups = "".join(f'<th colspan="{width}">{html.escape(name)}</th>' for name in report.columns)
    heads = "".join(f"<th>{head}</th>" for _ in report.columns for head in report.heads)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
        for cells in _body(report)
    )
    notes = "\n".join(f"<li>{html.escape(line)}</li>" for line in report.lines)
    return (
        f"<table>\n<caption>{html.escape(report.heading)}</caption>\n<thead>\n"
        f'<tr><th rowspan="2">row</th><th rowspan="2">seeds</th>{groups}</tr>\n<tr>{heads}</tr>\n'
        f"</thead>\n<tbody>\n{body}\n</tbody>\n</table>\n<ul>\n{notes}\n</ul>\n"
    )


FORMATS: dict[str, Callable[[Report], str]] = {
    "md": markdown,
    "csv": as_csv,
    "latex": latex,
    "html": as_html,
}
