"""Config files under their former names, which still work in this version.

``configs/renamed.csv`` has a line for each file: its former and its present path, both relative to
``configs/``.
"""

from __future__ import annotations

import csv
import functools
import logging
from collections.abc import Callable
from pathlib import Path

from mmengine.config import Config
from mmengine.logging import print_log

from tinydet.compat.wrapping import wrap_once

TABLE = "renamed.csv"


def install() -> None:
    """Let a ``_base_`` of a user's config have its former name; a second call changes nothing."""
    wrap_once(Config, "_get_cfg_path", _following, staticmethod)


def _following(original: Callable) -> Callable:
    def _get_cfg_path(cfg_path: str, filename: str) -> tuple[str, str | None]:
        path, scope = original(cfg_path, filename)
        return (path if scope else str(present_name(Path(path)))), scope

    return _get_cfg_path


def present_name(path: Path) -> Path:
    """Return the file that took the place of a missing one, with a warning, or the path itself."""
    if path.is_file():
        return path
    whole = path.resolve()
    table = next((up / TABLE for up in whole.parents if (up / TABLE).is_file()), None)
    if table is None:
        return path
    with table.open(newline="", encoding="utf-8") as file:
        names = dict(csv.reader(file))
    new = names.get(whole.relative_to(table.parent).as_posix())
    if new is None:
        return path
    _warn(path, new)
    return table.parent / new


@functools.cache  # a config's bases are looked up more than once
def _warn(path: Path, new: str) -> None:
    print_log(
        f"config {path} is now {new}; the former name works in this version alone",
        "current",
        logging.WARNING,
    )
