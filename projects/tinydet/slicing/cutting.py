"""What of a picture's objects a tile has."""

from __future__ import annotations

import numpy as np
from pycocotools import mask as coco_masks

from tinydet.slicing.geometry import visible_share

Polygons = list[list[float]]


def visible_in(instances: list[dict], tiles: np.ndarray) -> np.ndarray:
    """Return which share of each object lies in each tile, ``(T, N)``."""
    boxes = np.array([one["bbox"] for one in instances], float).reshape(-1, 4)
    return visible_share(boxes, tiles[:, None])


def cut(
    instances: list[dict], tile: np.ndarray, shares: np.ndarray, min_visible: float, ignore: bool
) -> list[dict]:
    """Return the objects of a tile, in its pixels, their boxes ending at its edges.

    Args:
        instances: Of the picture, as mmdet's data sets have them, ``N``.
        tile: x1, y1, x2, y2, px of the picture.
        shares: Of each object that lies in the tile, ``(N,)``; see :func:`visible_in`.
        min_visible: An object of which less is in the tile is none to train on.
        ignore: Make it a region to ignore; else it is dropped. Regions to ignore stay in any case.
    """
    low, high = np.tile(tile[:2], 2), np.tile(tile[2:], 2)
    found = []
    for number in np.flatnonzero(shares > 0):
        one = instances[number]
        hidden = shares[number] < min_visible and not one["ignore_flag"]
        if hidden and not ignore:
            continue
        box = np.clip(np.asarray(one["bbox"], float), low, high) - low
        found.append(dict(one, bbox=box.tolist(), ignore_flag=int(hidden or one["ignore_flag"])))
        if "mask" in one:
            found[-1]["mask"] = cut_mask(one["mask"], tile)
    return found


def cut_mask(mask: Polygons | dict, tile: np.ndarray) -> Polygons | dict:
    """Return a mask in the pixels of a tile.

    Args:
        mask: Polygons ``x1, y1, x2, y2, …``, which may then reach beyond the tile, or an RLE.
        tile: x1, y1, x2, y2, px of the picture.
    """
    x1, y1, x2, y2 = (int(value) for value in tile)
    if isinstance(mask, list):
        return [(np.asarray(one, float) - np.resize([x1, y1], len(one))).tolist() for one in mask]
    if isinstance(mask["counts"], list):
        mask = coco_masks.frPyObjects(mask, *mask["size"])
    seen = coco_masks.decode(mask)[y1:y2, x1:x2]
    beyond = ((0, y2 - y1 - seen.shape[0]), (0, x2 - x1 - seen.shape[1]))
    found = coco_masks.encode(np.asfortranarray(np.pad(seen, beyond)))
    return dict(found, counts=found["counts"].decode())  # mmdet takes text
