"""Compare the classes of an annotation file with those that a model learns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tinydet.datasets.annotations import read_coco, some
from tinydet.errors import InputError


def match_categories(
    categories: Sequence[dict], classes: Sequence[str] | None, name: str | Path
) -> dict[str, int]:
    """Compare a file's categories with the classes that a model learns, in order.

    Classes may be some of the file's, see :func:`of_classes`. Evaluators sort the category ids
    while mmdet's labels follow the order of the file, so the order of the file, of the classes and
    of the ids must be one.

    Args:
        categories: The section of a file that passed :func:`read_coco`.
        classes: ``METAINFO["classes"]``; None takes the file's.
        name: What errors call the file.

    Returns:
        ``{class name: category id}`` in the order of the labels.

    Raises:
        InputError: A category has no name or that of another, a class is none of the file's (both
            sides are listed), or the orders differ.
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
            f"classes ({some(classes, 20)}), which mixes up the labels in evaluators; give "
            "metainfo=dict(classes=(...)) in the order of the file"
        )
    if list(ids.values()) != sorted(ids.values()):
        raise InputError(
            f"categories of {name} do not stand in the order of their ids "
            f"({some(ids.values(), 20)}), which mixes up the labels in evaluators; sort the list "
            "'categories' by id"
        )
    return ids


def _by_name(categories: Sequence[dict], name: str | Path) -> dict[str, int]:
    """Return ``{name: id}`` of categories whose names tell them apart."""
    nameless = [item["id"] for item in categories if item.get("name") in (None, "")]
    if nameless:
        raise InputError(
            f"{name}: {len(nameless)} categories have no 'name' (ids {some(nameless)}); "
            "write it, classes are told apart by it"
        )
    ids: dict[str, int] = {}
    for item in categories:
        key = str(item["name"])
        if key in ids:
            raise InputError(
                f"{name}: two categories have the same name ({key!r}, ids {ids[key]} and "
                f"{item['id']}); rename one or join them"
            )
        ids[key] = item["id"]
    return ids


def of_classes(coco: dict, ids: Iterable[int]) -> tuple[dict, str]:
    """Leave out categories that are no class, and their annotations; images stay.

    Args:
        coco: What :func:`read_coco` returned.
        ids: The categories that are classes, as :func:`match_categories` returns them.

    Returns:
        The dictionary, and a sentence that counts what it leaves out, or an empty string.
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
    """Refuse classes that are one text, as ``("boat")`` without its comma is.

    mmengine takes a text for a file that lists the classes, which it may be.

    Raises:
        InputError: The text is no file.
    """
    classes = (metainfo or {}).get("classes")
    if isinstance(classes, str) and classes != "auto" and not Path(classes).is_file():
        raise InputError(
            f"metainfo has classes={classes!r}, which is text and no tuple; write "
            f"classes=({classes!r},) with its comma"
        )


def read_classes(path: str | Path, wanted: str = "all") -> tuple[str, ...]:
    """Return the classes of a COCO file in its order, for configs whose classes the file says.

    Args:
        path: The file.
        wanted: Those to learn, with commas between them, or ``all``.

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
