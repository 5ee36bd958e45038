"""Blocks of Markdown pages, between two markers whose content a tool replaces.

    <!-- table:sarl_5 AP AP50 -->
    <!-- /table -->

The first marker names the kind of block and, after a colon, an argument for the tool.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tinydet.errors import InputError
from tinydet.files import write_whole

PAGES = ("*.md", "configs/*.md", "configs/*/*.md", "docs/*.md")


def with_blocks(
    text: str, kind: str, block: Callable[[str], str], path: Path | str = "the text"
) -> str:
    """Return ``text`` with the content of its blocks of one kind replaced.

    Args:
        text: Text of a page.
        kind: First word of the markers.
        block: Function from the argument of a block to Markdown.
        path: File to name in an error.

    Raises:
        InputError: A block does not end, or another block starts inside.
    """
    start, end = _start(kind), f"<!-- /{kind} -->"
    parts, position = [], 0
    for marker in start.finditer(text):
        stop = text.find(end, marker.end())
        following = start.search(text, marker.end())
        if stop < 0 or (following and following.start() < stop):
            raise InputError(f"{path}: {marker[0].strip()} is not followed by {end}; add that line")
        parts += [text[position : marker.end()], "\n", block(marker[1] or "").strip(), "\n\n"]
        position = stop
    return "".join([*parts, text[position:]])


def pages_with(root: Path, kind: str) -> list[Path]:
    """Return the pages of a checkout with blocks of a kind."""
    paths = sorted(path for pattern in PAGES for path in root.glob(pattern))
    return [path for path in paths if _start(kind).search(path.read_text(encoding="utf-8"))]


def update_pages(
    root: Path, kind: str, block: Callable[[str], str], tool: str, write: bool = True
) -> int:
    """Write or check the blocks of a kind in all pages, and print the pages that were stale.

    Args:
        root: Root of the checkout.
        kind: See :func:`with_blocks`.
        block: See :func:`with_blocks`.
        tool: Path of the tool, for the printed line.
        write: Write the pages instead of only comparing.

    Returns:
        The exit code: 1 if a page is out of date and was not written.
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
    print(f"{done}: {', '.join(stale)}" if stale else f"all pages with a {kind} are up to date")
    return int(bool(stale) and not write)


def _start(kind: str) -> re.Pattern[str]:
    return re.compile(rf"^<!-- {kind}(?::([^>\n]+))? -->\n", re.MULTILINE)
