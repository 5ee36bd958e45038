"""Sample pictures, and split them so that pictures of one group stay together."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from tinydet.data_tools.pictures import DataSet, Picture
from tinydet.errors import InputError


def sample(data: DataSet, count: int, seed: int) -> DataSet:
    """Return some of the pictures, in their order.

    Raises:
        InputError: There are fewer.
    """
    if not 0 < count <= len(data.pictures):
        raise InputError(f"--sample {count}, and there are {len(data.pictures)} pictures")
    chosen = np.random.default_rng(seed).choice(len(data.pictures), count, replace=False)
    return dataclasses.replace(data, pictures=[data.pictures[index] for index in np.sort(chosen)])


def group_names(images: Sequence[tuple[str, Mapping]], pattern: str) -> list[str]:
    """Return the group of each image.

    Args:
        images: File names, and the fields that a group may be.
        pattern: A field that every image has, or a regular expression that is looked for in the
            file names, whose first pair of parentheses is the group.

    Raises:
        InputError: It is no such expression, or an image has no group.
    """
    if images and all(pattern in fields for _, fields in images):
        return [str(fields[pattern]) for _, fields in images]
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise InputError(f"--group {pattern!r} is no regular expression: {error}") from None
    names = []
    for name, _ in images:
        found = expression.search(name)
        if not found:
            raise InputError(
                f"--group {pattern!r} is neither a field of every image nor found in {name!r}"
            )
        names.append(found[found.re.groups and 1])
    return names


def groups_of(data: DataSet, pattern: str) -> dict[str, list[Picture]]:
    """Return the pictures of each group, see :func:`group_names`."""
    groups: dict[str, list[Picture]] = defaultdict(list)
    images = [(picture.file_name, picture.more) for picture in data.pictures]
    for name, picture in zip(group_names(images, pattern), data.pictures, strict=True):
        groups[name].append(picture)
    return groups


def split(
    data: DataSet, shares: Mapping[str, float], pattern: str, seed: int
) -> dict[str, DataSet]:
    """Split a data set by groups, of which none is in two splits.

    The largest group goes first, each to the split that lacks most of its share of the pictures.

    Args:
        data: The data set.
        shares: ``{split: share}``; the sum is 1.
        pattern: See :func:`group_names`.
        seed: Orders groups of equal size.

    Raises:
        InputError: The shares do not add up to 1, or there are fewer groups than splits.
    """
    if min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-9:
        raise InputError(f"the shares of --split add up to {sum(shares.values()):g}, not 1")
    groups = groups_of(data, pattern)
    if len(groups) < len(shares):
        raise InputError(
            f"{len(groups)} groups by {pattern!r} for {len(shares)} splits; choose another --group"
        )
    order = np.random.default_rng(seed).permutation(sorted(groups))
    lacking = {name: share * len(data.pictures) for name, share in shares.items()}
    owner: dict[int, str] = {}
    for group in sorted(order, key=lambda group: -len(groups[group])):
        name = max(lacking, key=lacking.__getitem__)
        lacking[name] -= len(groups[group])
        owner |= {id(picture): name for picture in groups[group]}
    return {
        name: dataclasses.replace(
            data, pictures=[picture for picture in data.pictures if owner[id(picture)] == name]
        )
        for name in shares
    }
