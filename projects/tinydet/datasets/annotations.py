"""Read COCO annotation files, and say in sentences what is wrong with their structure.

Boxes are the business of :mod:`tinydet.datasets.boxes`, because an evaluator must take them as
they stand while training must not.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tinydet.errors import InputError

SECTIONS = ("images", "annotations", "categories")


def some(values: Iterable, count: int = 5) -> str:
    """Return the first few values as text, with an ellipsis where there are more."""
    values = [str(value) for value in values]
    return ", ".join(values[:count]) + (", …" if len(values) > count else "")


def read_json(path: str | Path, hint: str = "") -> object:
    """Read a JSON file.

    Args:
        path: The file.
        hint: What to do when it is missing.

    Raises:
        InputError: Missing, or not JSON (with line and column).
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"annotation file {path} is a folder; name the JSON file in it")
    if not path.is_file():
        where = f" (looked for {path.resolve()})"
        raise InputError(
            f"annotation file {path} does not exist{where}{'; ' if hint else ''}{hint}"
        )
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))  # some editors write a BOM
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not JSON: it is no text in UTF-8") from None


def read_coco(path: str | Path, hint: str = "") -> dict:
    """Read a COCO annotation file and check that its parts refer to each other.

    Raises:
        InputError: See :func:`read_json` and :func:`check_structure`.
    """
    coco = read_json(path, hint)
    check_structure(coco, path)
    return coco


def check_structure(coco: object, name: str | Path) -> None:
    """Check sections, ids and references; not boxes.

    Raises:
        InputError: No dictionary; a section is missing; an id is missing, no integer, or stands
            twice; an annotation refers to no image or to no category.
    """
    if not isinstance(coco, dict):
        raise InputError(f"{name} holds a {type(coco).__name__}; a COCO file is an object")
    absent = [key for key in SECTIONS if not isinstance(coco.get(key), list)]
    if absent:
        raise InputError(
            f"{name} has no list {some(map(repr, absent))}; a COCO file needs {some(SECTIONS)}"
        )
    ids = {section: _unique_ids(coco[section], section, name) for section in SECTIONS}
    for key, section in (("image_id", "images"), ("category_id", "categories")):
        known = ids[section]
        lost = [
            ann["id"]
            for ann in coco["annotations"]
            # A list or a dictionary cannot be looked up.
            if isinstance(ann.get(key), list | dict) or ann.get(key) not in known
        ]
        if lost:
            raise InputError(
                f"{name}: {len(lost)} annotations refer to no {key.removesuffix('_id')} of the "
                f"file (annotation ids {some(lost)}); remove them or add what they refer to"
            )


def _unique_ids(items: list, section: str, name: str | Path) -> set[int]:
    """Return the ids of a section."""
    lacking = [
        number
        for number, item in enumerate(items)
        if not isinstance(item, dict) or not isinstance(item.get("id"), int)
    ]
    if lacking:
        raise InputError(
            f"{name}: {len(lacking)} entries of {section} have no integer 'id' "
            f"(counted from 0: {some(lacking)}); number them"
        )
    ids = {item["id"] for item in items}
    if len(ids) < len(items):
        counts = Counter(item["id"] for item in items)
        twice = [key for key, count in counts.items() if count > 1]
        raise InputError(
            f"{name}: {len(twice)} ids of {section} stand more than once ({some(twice)}); "
            "number them anew"
        )
    return ids
