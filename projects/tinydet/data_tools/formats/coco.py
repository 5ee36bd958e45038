"""Read COCO JSON, with all its fields: what has no column of its own stays beside the columns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tinydet.boxes import Boxes
from tinydet.data_tools.formats.coco_columns import Packer
from tinydet.data_tools.image_folder import forward
from tinydet.data_tools.pictures import DataSet, Picture
from tinydet.data_tools.source import Source
from tinydet.datasets.annotations import as_coco
from tinydet.datasets.fields import integer
from tinydet.errors import InputError

SECTIONS = {"images", "annotations", "categories"}
IMAGE = {"id", "file_name", "width", "height", "ignored_regions"}


def read(source: Source) -> dict[str, DataSet]:
    """Read one file; the split has its name.

    Raises:
        InputError: No file, no JSON, or no COCO file; see :func:`as_coco` for images and
            categories, which are not repaired.
    """
    path = source.path
    if not path.is_file():
        state = "is a folder" if path.is_dir() else f"does not exist (looked for {path.resolve()})"
        raise InputError(f"annotation file {path} {state}; name a COCO JSON file")
    packer = Packer(path.name, source.faults)
    content = _parse(path, packer)
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        for item in filter(None, content["annotations"]):
            sentence = f"{path} has one without image or category: {str(item)[:60]}"
            source.faults.add("annotations left out", sentence)
    return {path.stem: _build(content, packer, source)}


def of_dictionary(coco: dict, source: Source) -> DataSet:
    """Return the data set of a COCO dictionary in memory."""
    packer = Packer(source.path.name, source.faults)
    for item in coco["annotations"]:
        packer(item)
    return _build(coco, packer, source)


def _parse(path: Path, packer: Packer) -> object:
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"), object_hook=packer)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{path} is not JSON: {error.msg} at {where}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not JSON: it is no text in UTF-8") from None


def _witness(content: dict, table: np.ndarray) -> list[dict]:
    """Return an annotation that tells :func:`as_coco` that category 0 is no empty root."""
    images = content.get("images") or [{}]
    used = (table[:, 2] == 0).any() and isinstance(images[0], dict) and "id" in images[0]
    has = any(isinstance(c, dict) and c.get("id") == 0 for c in content.get("categories") or [])
    return [dict(id=1, image_id=images[0]["id"], category_id=0)] if used and has else []


def _build(content: object, packer: Packer, source: Source) -> DataSet:
    """Return the data set of what a file holds beside the annotations that were packed."""
    table, reals = packer.columns()
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        content = {**content, "annotations": _witness(content, table)}
    coco = as_coco(content, source.path)
    categories = coco["categories"]
    classes = [str(item.get("name")) for item in categories]
    if len(set(classes)) < len(classes) or any(not item.get("name") for item in categories):
        raise InputError(f"{source.path}: two categories have the same name, or one has none")
    table, reals, numbers = _known(table, reals, coco, source)
    _number(table, source)
    rank = {item["id"]: label for label, item in enumerate(categories)}
    table[:, 2] = [rank[key] for key in table[:, 2].tolist()]
    by_image = np.argsort(table[:, 1], kind="stable")
    ids = np.array([image["id"] for image in coco["images"]], np.int64)
    first = np.searchsorted(table[by_image, 1], ids, "left").tolist()
    last = np.searchsorted(table[by_image, 1], ids, "right").tolist()
    pictures, extras = [], packer.extras
    for image, start, end in zip(coco["images"], first, last, strict=True):
        rows = by_image[start:end]
        own = [extras.get(key, {}) for key in numbers[rows].tolist()] if extras else []
        pictures.append(_picture(image, table[rows], reals[rows], own, source))
    head = {key: value for key, value in coco.items() if key not in SECTIONS}
    return DataSet(classes, pictures, categories, head)


def _known(
    table: np.ndarray, reals: np.ndarray, coco: dict, source: Source
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Leave out annotations of unknown images or categories; return the numbers of the others."""
    fine = np.ones(len(table), bool)
    for column, key, section in ((1, "image_id", "images"), (2, "category_id", "categories")):
        ids = np.array([item["id"] for item in coco[section]], np.int64)
        unknown = ~np.isin(table[:, column], ids)
        fine &= ~unknown
        if unknown.any():
            first = table[unknown][0]
            sentence = (
                f"{source.path} has annotation {first[0]}, whose {key} {first[column]} is none "
                f"of its {section}"
            )
            kind = f"annotations of no known {key.removesuffix('_id')} left out"
            source.faults.add(kind, sentence, int(unknown.sum()))
    numbers = np.flatnonzero(fine)
    return table[numbers], reals[numbers], numbers


def _number(table: np.ndarray, source: Source) -> None:
    """Number all annotations anew where an id is missing or stands twice."""
    ids, counts = np.unique(table[:, 0], return_counts=True)
    if len(ids) == len(table) and -1 not in ids:
        return
    lacking = int(counts[ids == -1].sum())
    repeated = len(table) - len(ids) - max(lacking - 1, 0)
    reasons = {"with an id that stands before": repeated, "without a whole number as id": lacking}
    what = " and ".join(f"{count} {reason}" for reason, count in reasons.items() if count)
    sentence = f"of the annotations of {source.path}, {what}"
    source.faults.add("annotations in files numbered anew", sentence, len(table))
    table[:, 0] = np.arange(1, len(table) + 1)


def _picture(
    image: dict, table: np.ndarray, reals: np.ndarray, extras: list[dict], source: Source
) -> Picture:
    areas = reals[:, 4]
    usual = np.isnan(areas) | (areas == reals[:, 2] * reals[:, 3])
    regions = image.get("ignored_regions")
    return Picture(
        *_named(image, source),
        Boxes(reals[:, :4], table[:, 2], format="xywh"),
        table[:, 3].astype(np.int8),
        regions=None if regions is None else np.array(regions, np.float64).reshape(-1, 4),
        areas=None if usual.all() else areas,
        ids=table[:, 0],
        extras=extras if any(extras) else None,
        id=image["id"],
        more={key: value for key, value in image.items() if key not in IMAGE},
    )


def _named(image: dict, source: Source) -> tuple[str, int, int]:
    """Return file name, width and height of an image."""
    where = f"{source.path}: the image with id {image['id']}"
    if not isinstance(image.get("file_name"), str):
        raise InputError(f"{where} has no 'file_name'")
    name = forward(image["file_name"], where, source.faults)
    if source.images and name not in source.images:
        sentence = f"{name} of {source.path} is not in {source.images.root}"
        source.faults.add("pictures kept without their file", sentence)
    width, height = integer(image.get("width")), integer(image.get("height"))
    return (name, width, height) if width and height else (name, *source.size(name, where))
