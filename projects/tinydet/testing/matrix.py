"""The support table, component by host, as data and as text."""

from __future__ import annotations

from collections.abc import Sequence

from tinydet.compat import mmyolo_trouble
from tinydet.errors import InputError
from tinydet.testing.architecture_rows import ARCHITECTURE
from tinydet.testing.assignment_rows import ASSIGNMENT
from tinydet.testing.backbone_rows import BACKBONES
from tinydet.testing.component import Component
from tinydet.testing.head_rows import HEADS
from tinydet.testing.hosts import HOSTS
from tinydet.testing.loss_rows import BOX_LOSSES

KINDS = (ARCHITECTURE, BACKBONES, HEADS, BOX_LOSSES, ASSIGNMENT)
COMPONENTS = {row.name: row for kind in KINDS for row in kind}
LAST_WORDS = {" backbone": " backbones", " loss": " losses"}  # said once for a line
ON_TIMM = "The backbone of timm is tried where timm is installed."


def reasons(component: Component) -> list[str]:
    """Return the reason of each empty cell, an empty string for a supported host.

    Raises:
        InputError: mmyolo, which some hosts need, is absent or broken.
    """
    absent = [host.name for host in HOSTS.values() if not host.available]
    if absent:
        raise InputError(f"{', '.join(absent)} are hosts of mmyolo, which {mmyolo_trouble()}")
    return [component.reason(host) for host in HOSTS.values()]


def markdown() -> str:
    """Return the table with numbered notes for the reasons.

    Neighbors of one kind with equal cells share a line.
    """
    notes: dict[str, int] = {}
    lines: list[tuple[list[str], list[str]]] = []  # names, cells
    for kind in KINDS:
        first = len(lines)
        for component in kind:
            cells = [
                f"– [{notes.setdefault(why, len(notes) + 1)}]" if why else "yes"
                for why in reasons(component)
            ]
            if lines[first:] and lines[-1][1] == cells:
                lines[-1][0].append(component.name)
            else:
                lines.append(([component.name], cells))
    table = [_line(["", *HOSTS]), _line(["---"] * (len(HOSTS) + 1))]
    table += [_line([_joined(names), *cells]) for names, cells in lines]
    table += [""] + [f"{number}. {why}" for why, number in notes.items()]
    return "\n".join([*table, "", ON_TIMM])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _joined(names: list[str]) -> str:
    separator = "; " if any("," in name for name in names) else ", "
    for word, words in LAST_WORDS.items():
        if len(names) > 1 and all(name.endswith(word) for name in names):
            return separator.join(name.removesuffix(word) for name in names) + words
    return separator.join(names)
