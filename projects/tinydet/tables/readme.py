"""Blocks of Markdown pages, written between two markers by the tool that prints them.

    <!-- table:sarl_5 AP AP50 -->
    <!-- /table -->

The first marker names the kind of block and, after a colon, what the tool needs to know. What
stands between the markers is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tinydet.errors import InputError
from tinydet.tables.files import write_whole

PAGES = ("*.md", "configs/*.md", "configs/*/*.md", "docs/*.md")


def with_blocks(
    text: str, kind: str, block: Callable[[str], str], path: Path | str = "the text"
) -> str:
    """Return ``text`` with its blocks of one kind written anew.

    Args:
        text: Of a page.
        kind: What the markers begin with.
        block: Returns the Markdown of a block, by what stands after the colon.
        path: For the message of an error.

    Raises:
        InputError: A block does not end, or another block begins inside.
    """
    start, end = _start(kind), f"<!-- /{kind} -->"
    parts, position = [], 0
    for marker in start.finditer(text):
        stop = text.find(end, marker.end())
        following = start.search(text, marker.end())
        if stop < 0 or (following and following.start() < stop):
            raise InputError(f"{path}: {marker[0].strip()} has no {end} after it; add the line")
        parts += [text[position : marker.end()], "\n", block(marker[1] or "").strip(), "\n\n"]
        position = stop
    return "".join([*parts, text[position:]])


def pages_with(root: Path, kind: str) -> list[Path]:
    """Return the pages of a checkout that hold blocks of a kind."""
    paths = sorted(path for pattern in PAGES for path in root.glob(pattern))
    return [path for path in paths if _start(kind).search(path.read_text(encoding="utf-8"))]


def update_pages(
    root: Path, kind: str, block: Callable[[str], str], tool: str, write: bool = True
) -> int:
    """Write or check the blocks of a kind in all pages, print which were out of date.

    Args:
        root: The checkout.
        kind: See :func:`with_blocks`.
        block: See :func:`with_blocks`.
        tool: The path of the tool, for the line that is printed.
        write: Write the pages; otherwise only compare.

    Returns:
        The exit code: 1 where a page is out of date and was not written.
    """
    stale = []
    for path in pages_with(root, kind):
        old = path.read_text(encoding="utf-8")
        new = with_blocks(old, kind, block, path)
        if new != old:
            stale.append(str(path.relative_to(root)))
            if write:
                write_whole(path, new)
    done = "written" if write else f"out of date, run {tool} --update-readme"
    print(f"{done}: {', '.join(stale)}" if stale else f"all pages with a {kind} are current")
    return int(bool(stale) and not write)


def _start(kind: str) -> re.Pattern[str]:
    return re.compile(rf"^<!-- {kind}(?::([^>\n]+))? -->\n", re.MULTILINE)
