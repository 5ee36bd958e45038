"""The support table, component by host, as data and as text."""

from __future__ import annotations

from collections.abc import Sequence

from tinydet.compat import mmyolo_trouble
from tinydet.errors import InputError
from tinydet.testing.architecture_rows import ARCHITECTURE
from tinydet.testing.assignment_rows import ASSIGNMENT
from tinydet.testing.component import Component
from tinydet.testing.hosts import HOSTS
from tinydet.testing.loss_rows import BOX_LOSSES

COMPONENTS = {row.name: row for row in [*ARCHITECTURE, *BOX_LOSSES, *ASSIGNMENT]}


def reasons(component: Component) -> list[str]:
    """Return the reason of each empty cell, an empty string for a supported host.

    Raises:
        InputError: mmyolo, which some hosts need, is absent or broken.
    """
    absent = [host.name for host in HOSTS.values() if not host.available]
    if absent:
        raise InputError(f"{', '.join(absent)} are hosts of mmyolo, which {mmyolo_trouble()}")
    cells = [component.cell(host) for host in HOSTS.values()]
    return [cell if isinstance(cell, str) else "" for cell in cells]


def markdown() -> str:
    """Return the table with numbered notes for the reasons.

    Neighbors of equal cells share a line if they are losses, or necks and backbones.
    """
    notes: dict[str, int] = {}
    lines: list[tuple[list[Component], list[str]]] = []  # components, cells
    for component in COMPONENTS.values():
        cells = [
            f"– [{notes.setdefault(why, len(notes) + 1)}]" if why else "yes"
            for why in reasons(component)
        ]
        group = _group(component)
        if group and lines and lines[-1][1] == cells and _group(lines[-1][0][-1]) is group:
            lines[-1][0].append(component)
        else:
            lines.append(([component], cells))
    table = [_line(["", *HOSTS]), _line(["---"] * (len(HOSTS) + 1))]
    table += [_line([_joined([row.name for row in rows]), *cells]) for rows, cells in lines]
    table += [""] + [f"{number}. {why}" for why, number in notes.items()]
    return "\n".join(table)


def _group(component: Component) -> list[Component] | None:
    return next((rows for rows in (ARCHITECTURE, BOX_LOSSES) if component in rows), None)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _joined(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    losses = " losses" * names[0].endswith(" loss")
    return ", ".join(name.removesuffix(" loss") for name in names) + losses
