"""Read and check COCO annotation files.

Training, evaluation and the tools read files with :func:`as_coco`, so a field has one meaning for
all of them. Boxes are checked in :mod:`tinydet.datasets.boxes`, because training corrects boxes
and an evaluation does not.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mmengine.logging import print_log

from tinydet.datasets.fields import converted, flag, integer
from tinydet.errors import InputError

SECTIONS = ("images", "annotations", "categories")
REFERENCES = {"image_id": "images", "category_id": "categories"}
FLAGS = ("iscrowd", "ignore")


def some(values: Iterable, count: int = 5) -> str:
    """Return the first few values as text, with an ellipsis if there are more."""
    values = [str(value) for value in values]
    return ", ".join(values[:count]) + (", …" if len(values) > count else "")


def read_json(path: str | Path, hint: str = "") -> object:
    """Read a JSON file.

    Args:
        path: JSON file.
        hint: What to do if the file is missing, for the error.

    Raises:
        InputError: The file is missing or is not JSON; the message gives line and column.
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
        raise InputError(f"{path} is not JSON: the file is not text in UTF-8") from None


def read_coco(path: str | Path, hint: str = "") -> dict:
    """Read a COCO annotation file.

    Raises:
        InputError: See :func:`read_json` and :func:`as_coco`.
    """
    return as_coco(read_json(path, hint), path)


def as_coco(content: object, name: str | Path) -> dict:
    """Return a COCO dictionary with integer ids and flags, for training and evaluation.

    Whole numbers such as 7.0 become integers in ids and references. The flags ``iscrowd`` and
    ``ignore``, if present, become 0 or 1 (from null, false, "0", true, "1"). The root category of
    a Roboflow export is removed. Boxes and the caller's dictionary are not changed.

    Args:
        content: Content of a file.
        name: Name of the file in errors.

    Raises:
        InputError: The content is not a dictionary; a section is missing; an id is missing, is
            not an integer, needs more than 64 bits, or occurs twice; an annotation refers to an
            unknown image or category, or has a flag of another value.
    """
    if not isinstance(content, dict):
        raise InputError(f"{name} holds a {type(content).__name__}; a COCO file is an object")
    absent = [key for key in SECTIONS if not isinstance(content.get(key), list)]
    if absent:
        raise InputError(
            f"{name} has no list {some(map(repr, absent))}; a COCO file needs {some(SECTIONS)}"
        )
    coco = {**content, **{key: _with_ids(content[key], key, name) for key in SECTIONS}}
    for key, section in REFERENCES.items():
        known = {item["id"] for item in coco[section]}
        coco["annotations"] = _with_references(coco["annotations"], key, known, name)
    for key in FLAGS:
        coco["annotations"] = _with_flags(coco["annotations"], key, name)
    return _without_root(coco, name)


def _with_ids(items: list, section: str, name: str | Path) -> list[dict]:
    """Return the items of a section with integer ids."""
    items, lacking = converted(items, "id", integer)
    if lacking:
        raise InputError(
            f"{name}: {len(lacking)} entries of {section} have no integer 'id' "
            f"(counted from 0: {some(lacking)}); number the entries"
        )
    ids = {item["id"] for item in items}
    large = [key for key in ids if not -(2**63) <= key < 2**63]
    if large:
        raise InputError(
            f"{name}: {len(large)} ids of {section} need more than 64 bits with a sign "
            f"({some(sorted(large))}); renumber the entries"
        )
    if len(ids) < len(items):
        counts = Counter(item["id"] for item in items)
        twice = [key for key, count in counts.items() if count > 1]
        raise InputError(
            f"{name}: {len(twice)} ids of {section} occur more than once ({some(twice)}); "
            "renumber the entries"
        )
    return items


def _with_references(annotations: list, key: str, known: set[int], name: str | Path) -> list[dict]:
    """Return the annotations with a known integer id under ``key``."""
    annotations, lacking = converted(annotations, key, integer)
    nowhere = set(lacking)
    if nowhere or not known.issuperset(ann[key] for ann in annotations):
        lost = [
            ann["id"]
            for number, ann in enumerate(annotations)
            if number in nowhere or ann[key] not in known
        ]
        raise InputError(
            f"{name}: {len(lost)} annotations refer to no {key.removesuffix('_id')} of the "
            f"file (annotation ids {some(lost)}); remove the annotations or add what they refer to"
        )
    return annotations


def _with_flags(annotations: list, key: str, name: str | Path) -> list[dict]:
    """Return the annotations with 0 or 1 under ``key``, if they have the key."""
    read, strange = converted(annotations, key, flag, absent=0)
    if strange:
        first = read[strange[0]]
        ids = some(read[number]["id"] for number in strange)
        raise InputError(
            f"{name}: '{key}' of {len(strange)} annotations is neither 0 nor 1 (annotation ids "
            f"{ids}; the first value is {first[key]!r}); correct or remove the key"
        )
    if read is annotations:
        return annotations
    odd = [ann["id"] for ann in annotations if isinstance(ann.get(key, 0), str | None)]
    if odd:
        print_log(
            f"{name}: '{key}' of {len(odd)} annotations is text or null (annotation ids "
            f"{some(odd)}) and read as 0 or 1; other tools take '0' for 1, so write numbers",
            "current",
            logging.WARNING,
        )
    return read


def _without_root(coco: dict, name: str | Path) -> dict:
    """Remove category 0 of a Roboflow export, which names the group and has no box."""
    root = next((item for item in coco["categories"] if item["id"] == 0), {})
    others = [item for item in coco["categories"] if item is not root]
    if (
        root.get("supercategory") != "none"
        or not others
        or "name" not in root
        or any(item.get("supercategory") != root["name"] for item in others)
        or any(ann["category_id"] == 0 for ann in coco["annotations"])
    ):
        return coco
    print_log(
        f"{name}: category 0, {root['name']!r}, is not a class: no box has this category and all "
        "others name it as their supercategory, as in exports of Roboflow",
        "current",
    )
    return {**coco, "categories": others}
