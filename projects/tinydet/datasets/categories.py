"""Compare the categories of an annotation file with the classes of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tinydet.datasets.annotations import read_coco, some
from tinydet.errors import InputError


def match_categories(
    categories: Sequence[dict], classes: Sequence[str] | None, name: str | Path
) -> dict[str, int]:
    """Compare the categories of a file with the classes of a model, names and order.

    The classes may be a part of the categories, see :func:`of_classes`. Evaluators sort by category
    id, whereas mmdet's labels follow the order of the file; therefore the categories, the classes
    and the ids must have the same order.

    Args:
        categories: ``categories`` of a file that :func:`read_coco` has read.
        classes: ``METAINFO["classes"]``; None takes all categories of the file.
        name: Name of the file in errors.

    Returns:
        ``{class name: category id}`` in the order of the labels.

    Raises:
        InputError: A category has no name or the name of another category, the file lacks a class
            (the message lists both sides), or the orders differ.
    """
    ids = _by_name(categories, name)
    classes = list(ids) if classes is None else list(classes)
    unknown = [key for key in classes if key not in ids]
    if unknown:
        raise InputError(
            f"categories of {name} differ from the config's classes: only in the file: "
            f"{some([key for key in ids if key not in classes], 20) or 'none'}; only in the "
            f"config: {some(unknown, 20)}; correct metainfo=dict(classes=...) or the file"
        )
    ids = {key: value for key, value in ids.items() if key in classes}
    if list(ids) != classes:
        raise InputError(
            f"categories of {name} stand in another order ({some(ids, 20)}) than the config's "
            f"classes ({some(classes, 20)}), which mixes up the labels in evaluators; renumber the "
            "categories of the file in the order of the classes or, if all files have the order "
            "of this one, give metainfo=dict(classes=(...)) in that order"
        )
    if list(ids.values()) != sorted(ids.values()):
        raise InputError(
            f"categories of {name} do not stand in the order of their ids "
            f"({some(ids.values(), 20)}), which mixes up the labels in evaluators; sort the list "
            "'categories' by id"
        )
    return ids


def _by_name(categories: Sequence[dict], name: str | Path) -> dict[str, int]:
    """Return ``{name: id}``, after a check that the names are unique."""
    nameless = [item["id"] for item in categories if item.get("name") in (None, "")]
    if nameless:
        raise InputError(
            f"{name}: {len(nameless)} categories have no 'name' (ids {some(nameless)}); "
            "name the categories, because classes are matched by name"
        )
    ids: dict[str, int] = {}
    for item in categories:
        key = str(item["name"])
        if key in ids:
            raise InputError(
                f"{name}: two categories have the same name ({key!r}, ids {ids[key]} and "
                f"{item['id']}); rename one of the two or merge both"
            )
        ids[key] = item["id"]
    return ids


def of_classes(coco: dict, ids: Iterable[int]) -> tuple[dict, str]:
    """Remove the categories that are not classes, and their annotations. Images are kept.

    Args:
        coco: From :func:`read_coco`.
        ids: Category ids of the classes, the values of :func:`match_categories`.

    Returns:
        The dictionary, and a sentence with the number of removed boxes, or an empty string.
    """
    ids = set(ids)
    lost = {item["id"]: item.get("name") for item in coco["categories"] if item["id"] not in ids}
    if not lost:
        return coco, ""
    kept = [ann for ann in coco["annotations"] if ann["category_id"] in ids]
    counts = Counter(ann["category_id"] for ann in coco["annotations"])
    names = some((f"{value} ({counts[key]} boxes)" for key, value in lost.items()), 20)
    part = dict(
        categories=[item for item in coco["categories"] if item["id"] in ids], annotations=kept
    )
    few = f"{len(lost)} of {len(coco['categories'])} categories are no class of the config"
    return {**coco, **part}, f"{few} and left out: {names}"


def refuse_text(metainfo: Mapping | None) -> None:
    """Refuse a string in place of a tuple of classes, such as ``("boat")`` without a comma.

    mmengine reads a string as the path of a file that lists the classes.

    Raises:
        InputError: The string is not the path of a file.
    """
    classes = (metainfo or {}).get("classes")
    if isinstance(classes, str) and classes != "auto" and not Path(classes).is_file():
        raise InputError(
            f"metainfo has classes={classes!r}, a string in place of a tuple; write "
            f"classes=({classes!r},) with the comma"
        )


def read_classes(path: str | Path, wanted: str = "all") -> tuple[str, ...]:
    """Return the classes of a COCO file, in the order of the file, for a config.

    Args:
        path: COCO file.
        wanted: Classes to learn, separated by commas, or ``all``.

    Raises:
        InputError: See :func:`read_coco` and :func:`match_categories`.
    """
    hint = "set OWN_ROOT to the folder of your train.json, val.json and images/"
    categories = read_coco(path, hint)["categories"]
    if wanted != "all":
        names = [name.strip() for name in wanted.split(",")]
        order = [str(item.get("name")) for item in categories]
        names.sort(key=lambda name: order.index(name) if name in order else len(order))
        return tuple(match_categories(categories, names, path))
    return tuple(match_categories(categories, None, path))
