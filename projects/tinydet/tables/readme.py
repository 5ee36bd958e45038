"""Tables in README files, written between two markers by the command that prints them.

    <!-- table:sarl_5 -->
    <!-- /table -->

The first may name columns, ``<!-- table:sarl_5 AP AP50 APvt -->``. What stands between the two
is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from tinydet.errors import InputError

MARKER = re.compile(r"^<!-- table:(\S+)((?: [^\s>]+)*) -->\n", re.MULTILINE)
END = "<!-- /table -->"


def with_tables(
    text: str, show: Callable[[str, Sequence[str] | None], str], path: Path | str = "the text"
) -> str:
    """Return ``text`` with the blocks between its markers written anew.

    Args:
        text: Of a README.
        show: Returns the Markdown of a table, by name and columns (``None``: all).
        path: For the message of an error.

    Raises:
        InputError: A block that does not end, or that another one begins in.
    """
    parts, position = [], 0
    for marker in MARKER.finditer(text):
        end = text.find(END, marker.end())
        following = MARKER.search(text, marker.end())
        if end < 0 or (following and following.start() < end):
            raise InputError(f"{path}: {marker[0].strip()} has no {END} after it; add the line")
        columns = marker[2].split() or None
        parts += [text[position : marker.end()], "\n", show(marker[1], columns), "\n"]
        position = end
    return "".join([*parts, text[position:]])


def readme_files(root: Path) -> list[Path]:
    """Return the README files of a checkout that hold tables."""
    patterns = ("*.md", "configs/*.md", "configs/*/*.md", "docs/*.md")
    paths = sorted(path for pattern in patterns for path in root.glob(pattern))
    return [path for path in paths if MARKER.search(path.read_text(encoding="utf-8"))]
