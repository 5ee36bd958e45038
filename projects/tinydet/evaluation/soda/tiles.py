"""Detections of whole pictures from those of their tiles, as SODA's toolkits merge them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from mmcv.ops import nms

from tinydet.boxes import Boxes
from tinydet.datasets.annotations import some
from tinydet.errors import InputError

# BboxToolkit, mmrotate and SODA-A: P0001__1__650___0 is at x = 650, y = 0 of P0001.
NAMED = re.compile(r"(?P<picture>.+?)__[\d.]+__(?P<x>-?\d+)___(?P<y>-?\d+)")


def places_of(
    tiles: Sequence[dict], pictures: Sequence[dict], ann_file: str | Path
) -> dict[int, tuple[int, int, int]]:
    """Return ``{tile id: (picture id, x, y)}``, the place of each tile in px.

    A tile has ``ori_id`` and ``start_coord``, as SODA-D's, or a name of BboxToolkit's.

    Args:
        tiles: ``images`` of the annotation file of the tiles.
        pictures: ``images`` of that of the whole pictures.
        ann_file: Name of the tiles' file in errors.

    Raises:
        InputError: A tile does not say where it was cut, or is of a picture that is not listed.
    """
    by_name = {_stem(picture): picture["id"] for picture in pictures}
    known = {picture["id"] for picture in pictures}
    places, lost = {}, []
    for tile in tiles:
        picture, x, y = _place(tile, by_name)
        if picture in known:
            places[tile["id"]] = picture, x, y
        else:
            lost.append(tile.get("file_name", tile["id"]))
    if lost:
        raise InputError(
            f"{ann_file}: {len(lost)} tiles do not say where in which picture they were cut "
            f"({some(lost)}); each needs 'ori_id', an image id of whole_ann_file, and "
            "'start_coord', x and y in px, or a name such as P0001__1__650___0.jpg"
        )
    return places


def _stem(image: dict) -> str:
    return PurePosixPath(str(image.get("file_name", image["id"]))).stem


def _place(tile: dict, by_name: Mapping[str, int]) -> tuple[int | None, int, int]:
    if "ori_id" in tile and "start_coord" in tile:
        return tile["ori_id"], *tile["start_coord"]
    found = NAMED.fullmatch(_stem(tile))
    if found is None:
        return None, 0, 0
    return by_name.get(found["picture"]), int(found["x"]), int(found["y"])


def merge_tiles(
    tiles: Mapping[int, Boxes],
    places: Mapping[int, tuple[int, int, int]],
    pictures: Sequence[int],
    iou_threshold: float,
) -> dict[int, Boxes]:
    """Return the detections of each picture: non-maximum suppression per class over its tiles.

    Args:
        tiles: Detections of each tile, px of the tile.
        places: From :func:`places_of`.
        pictures: Ids of the pictures, those without a tile too.
        iou_threshold: Of two boxes of a class with a larger IoU the better one stays.
    """
    parts = defaultdict(list)
    for tile, boxes in tiles.items():
        picture, x, y = places[tile]
        parts[picture].append(boxes.moved(-x, -y))
    return {picture: _suppressed(parts[picture], iou_threshold) for picture in pictures}


def _suppressed(parts: list[Boxes], iou_threshold: float) -> Boxes:
    empty = np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros(0)
    rows = zip(empty, *((part.xyxy, part.class_ids, part.scores) for part in parts), strict=True)
    boxes = Boxes(*(np.concatenate(column) for column in rows))
    kept = [np.zeros(0, np.int64)]
    for label in np.unique(boxes.class_ids):
        rows = np.flatnonzero(boxes.class_ids == label)
        tensors = (torch.from_numpy(part[rows]).float() for part in (boxes.xyxy, boxes.scores))
        kept.append(rows[nms(*tensors, iou_threshold)[1].numpy()])
    return boxes[np.concatenate(kept)]
