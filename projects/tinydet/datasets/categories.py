"""Compare the classes of an annotation file with those that a model learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tinydet.datasets.annotations import read_coco, some
from tinydet.errors import InputError


def match_categories(
    categories: Sequence[dict], classes: Sequence[str] | None, name: str | Path
) -> dict[str, int]:
    """Compare a file's categories with the classes that a model learns, in order.

    Evaluators sort the category ids while mmdet's labels follow the order of the file, so the
    order of the file, of the classes and of the ids must be one.

    Args:
        categories: The section of a file that passed :func:`read_coco`.
        classes: ``METAINFO["classes"]``; None takes the file's.
        name: What errors call the file.

    Returns:
        ``{class name: category id}`` in the order of the labels.

    Raises:
        InputError: The names differ (both sides are listed), or one of the orders does.
    """
    ids = {str(category.get("name")): category["id"] for category in categories}
    names = list(ids)
    classes = names if classes is None else list(classes)
    if len(names) < len(categories):
        raise InputError(f"{name}: two categories have the same name ({some(names, 20)})")
    if set(names) != set(classes):
        raise InputError(
            f"categories of {name} differ from the config's classes: only in the file: "
            f"{some([key for key in names if key not in classes], 20) or 'none'}; only in the "
            f"config: {some([key for key in classes if key not in ids], 20) or 'none'}; "
            "correct metainfo=dict(classes=...) or the file"
        )
    if names != classes:
        raise InputError(
            f"categories of {name} stand in another order ({some(names, 20)}) than the config's "
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


def read_classes(path: str | Path) -> tuple[str, ...]:
    """Return the classes of a COCO file in its order, for configs whose classes the file says.

    Raises:
        InputError: See :func:`read_coco` and :func:`match_categories`.
    """
    hint = "set OWN_ROOT to the folder of your train.json, val.json and images/"
    return tuple(match_categories(read_coco(path, hint)["categories"], None, path))
