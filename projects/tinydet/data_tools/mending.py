"""What a rule can mend in a data set, counted."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np

from tinydet.data_tools.pictures import DataSet, Picture
from tinydet.data_tools.subset import clip, select
from tinydet.data_tools.suspects import area_fits

FLAT = "boxes without area taken out"
BESIDE = "boxes beside their picture taken out"
CLIPPED = "boxes clipped to their picture"
TWICE = "boxes taken out that repeat a box of their class"
AREAS = "areas set to width x height"


def mend(data: DataSet) -> tuple[DataSet, dict[str, int]]:
    """Return the data set without its mendable faults, and ``{what was done: how often}``."""
    done: Counter[str] = Counter()
    solid = [_kept(picture, _has_area(picture), FLAT, done) for picture in data.pictures]
    beyond = sum(int(_reaches_out(picture).sum()) for picture in solid)
    data, beside = clip(dataclasses.replace(data, pictures=solid))
    done.update({BESIDE: beside, CLIPPED: beyond - beside})
    single = (_kept(picture, _is_first(picture), TWICE, done) for picture in data.pictures)
    pictures = [_with_areas(picture, done) for picture in single]
    return dataclasses.replace(data, pictures=pictures), {
        words: count for words, count in done.items() if count
    }


def _kept(picture: Picture, mask: np.ndarray, words: str, done: Counter[str]) -> Picture:
    done[words] += int((~mask).sum())
    return picture if mask.all() else select(picture, mask)


def _has_area(picture: Picture) -> np.ndarray:
    return (picture.boxes.xywh[:, 2:] > 0).all(1)


def _reaches_out(picture: Picture) -> np.ndarray:
    corners = picture.boxes.xyxy
    return (corners != corners.clip(0, [picture.width, picture.height] * 2)).any(1)


def _is_first(picture: Picture) -> np.ndarray:
    """Tell which boxes do not repeat one of the same place, class and kind."""
    boxes = picture.boxes
    rows = np.column_stack([boxes.xywh, boxes.class_ids, picture.kinds])
    mask = np.zeros(len(rows), bool)
    mask[np.unique(rows, axis=0, return_index=True)[1]] = True
    return mask


def _with_areas(picture: Picture, done: Counter[str]) -> Picture:
    """Return the picture with areas that fit the boxes; NaN is written as width times height."""
    if picture.areas is None:
        return picture
    extras = picture.extras or [{}] * len(picture.areas)
    masked = np.array([bool(extra.get("segmentation")) for extra in extras], bool)
    fits = np.isnan(picture.areas) | area_fits(
        picture.areas, picture.boxes.xywh[:, 2:].prod(1), masked
    )
    done[AREAS] += int((~fits).sum())
    return dataclasses.replace(picture, areas=np.where(fits, picture.areas, np.nan))
