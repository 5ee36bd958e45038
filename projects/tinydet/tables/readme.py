"""Tables in README files, between two markers whose content is replaced.

    <!-- table:sarl_5 -->
    <!-- /table -->

The first marker may list columns: ``<!-- table:sarl_5 AP AP50 APvt -->``.
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
    """Return ``text`` with the content between its markers replaced.

    Args:
        text: Text of a README.
        show: Function from name and columns of a table (``None``: all) to Markdown.
        path: File to name in an error.

    Raises:
        InputError: A first marker has no second marker before the next first one.
    """
    parts, position = [], 0
    for marker in MARKER.finditer(text):
        end = text.find(END, marker.end())
        following = MARKER.search(text, marker.end())
        if end < 0 or (following and following.start() < end):
            raise InputError(f"{path}: {marker[0].strip()} is not followed by {END}; add that line")
        columns = marker[2].split() or None
        parts += [text[position : marker.end()], "\n", show(marker[1], columns), "\n"]
        position = end
    return "".join([*parts, text[position:]])


def readme_files(root: Path) -> list[Path]:
    """Return the README files of a checkout that hold tables."""
    patterns = ("*.md", "configs/*.md", "configs/*/*.md", "docs/*.md")
    paths = sorted(path for pattern in patterns for path in root.glob(pattern))
    return [path for path in paths if MARKER.search(path.read_text(encoding="utf-8"))]
