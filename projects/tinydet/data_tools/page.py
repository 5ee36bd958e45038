"""One self-contained HTML page: no network, light and dark, printable, narrow and wide.

Functions return :class:`markupsafe.Markup`. Text that is not markup is escaped where it is put in,
so names from a file cannot become tags.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from markupsafe import Markup

STYLE, SCRIPT = (Path(__file__).with_name(name) for name in ("page.css", "page.js"))
JPEG_QUALITY = 88

DOCUMENT = Markup(
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title>'
    "<style>{style}</style></head>\n<body><header><h1>{title}</h1><p>{lead}</p>"
    "<nav>{links}</nav></header>\n<main>{sections}</main>\n"
    "<script>{script}</script></body></html>\n"
)


class Section(NamedTuple):
    """A part of the page with a heading, which the page lists at its top."""

    title: str
    parts: Sequence[Markup]
    note: str = ""


class Share(float):
    """A number that a table shows as a percentage."""


class Points(float):
    """A number that a table shows with one decimal: points of AP."""


def page(title: str, sections: Iterable[Section], lead: str = "") -> Markup:
    """Return the whole page.

    Args:
        title: Heading, also of the browser's tab.
        sections: In the order shown.
        lead: A sentence below the heading.
    """
    sections = list(sections)
    link, body = (
        Markup('<a href="#{}">{}</a>'),
        Markup('<section id="{}"><h2>{}</h2>{}{}</section>\n'),
    )
    return DOCUMENT.format(
        title=title,
        lead=lead,
        style=Markup(STYLE.read_text(encoding="utf-8")),
        script=Markup(SCRIPT.read_text(encoding="utf-8")),
        links=together(link.format(anchor(part.title), part.title) for part in sections),
        sections=together(
            body.format(
                anchor(part.title),
                part.title,
                text(part.note, "note") if part.note else "",
                together(part.parts),
            )
            for part in sections
        ),
    )


def write(path: str | Path, html: str) -> None:
    """Write a page; its folder is created."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(html, encoding="utf-8")


def anchor(title: str) -> str:
    """Return the id of a section: its title in lower case with hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def together(parts: Iterable[str]) -> Markup:
    """Join parts; text is escaped."""
    return Markup("").join(parts)


def text(words: str, kind: str = "") -> Markup:
    """Return a paragraph; ``kind`` is a class of the style: ``note`` or ``fault``."""
    return Markup('<p class="{}">{}</p>').format(kind, words)


def code(lines: str) -> Markup:
    """Return lines of a config with a button that copies them."""
    return Markup(
        '<div class="code"><button type="button" data-copy="">copy</button><pre>{}</pre></div>'
    ).format(lines)


def grid(*parts: str, least: int = 320) -> Markup:
    """Arrange parts side by side, each at least ``least`` px wide, on a phone below each other."""
    return Markup('<div class="grid" style="--least:{}px">{}</div>').format(least, together(parts))


def facts(items: Iterable[tuple[object, str]]) -> Markup:
    """Return large figures with a label each, from ``(figure, label)``."""
    return Markup('<dl class="facts">{}</dl>').format(
        together(
            Markup("<div><dd>{}</dd><dt>{}</dt></div>").format(figure, label)
            for figure, label in items
        )
    )


def table(
    head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "", search: bool = False
) -> Markup:
    """Return a table; a click on a heading sorts by the column.

    Args:
        head: Headings.
        rows: Cells; numbers are aligned right, markup (such as a picture) is taken as it is.
        caption: Above the table.
        search: Whether a field above the table hides the rows without what is typed.
    """
    cell = Markup("<tr>{}</tr>")
    field = '<input type="search" placeholder="show rows with …" aria-label="show rows with"/>'
    return Markup(
        '<div class="table">{}<table><caption>{}</caption><thead>{}</thead><tbody>{}</tbody>'
        "</table></div>"
    ).format(
        Markup(field) if search else "",
        caption,
        cell.format(
            together(
                Markup('<th scope="col"><button type="button">{}</button></th>').format(name)
                for name in head
            )
        ),
        together(cell.format(together(map(_cell, row))) for row in rows),
    )


def _cell(value: object) -> Markup:
    numeric = isinstance(value, int | float | np.number)
    shown = f"{value:,.4g}" if isinstance(value, float | np.floating) else value
    shown = f"{value:.1%}" if isinstance(value, Share) else shown
    shown = f"{value:.1f}" if isinstance(value, Points) else shown
    shown = f"{value:,}" if isinstance(value, int | np.integer) else shown
    if numeric:
        return Markup('<td class="number" data-value="{}">{}</td>').format(value, shown)
    # "10.9 ± 0.4" may break at its spaces, not inside a number.
    kind = Markup(' class="figures"') if re.match(r"[+-]?\d[\d.]*( |$)", str(shown)) else ""
    return Markup("<td{}>{}</td>").format(kind, shown)


def picture(pixels: np.ndarray, caption: str = "", lossless: bool = False) -> Markup:
    """Embed a picture.

    Args:
        pixels: ``(H, W, 3)`` uint8 RGB.
        caption: Below the picture, and its text for those who cannot see the picture.
        lossless: Whether to write PNG, for crops in which a pixel counts, in place of JPEG.
    """
    return Markup(
        '<figure class="picture"><img src="{}" width="{}" height="{}" '
        'alt="{}" loading="lazy"/><figcaption>{}</figcaption></figure>'
    ).format(embedded(pixels, lossless), *pixels.shape[1::-1], caption or "picture", caption)


def embedded(pixels: np.ndarray, lossless: bool = False, quality: int = JPEG_QUALITY) -> str:
    """Return the address of a picture that is held in the page itself.

    Args:
        pixels: ``(H, W, 3)`` uint8 RGB.
        lossless: Whether to write PNG in place of JPEG.
        quality: Of the JPEG, to 100.
    """
    kind, options = ("png", []) if lossless else ("jpeg", [cv2.IMWRITE_JPEG_QUALITY, quality])
    data = cv2.imencode(f".{kind}", np.ascontiguousarray(pixels[..., ::-1]), options)[1]
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
