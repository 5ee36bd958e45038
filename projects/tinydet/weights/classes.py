"""The classes of a checkpoint beside those of the data that it is used on.

A tensor fits whatever its classes are called, so the names alone tell that two orders differ.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from mmengine.logging import print_log

from tinydet.errors import InputError

RENUMBER = "renumber the categories of the annotation files in the order of the checkpoint"


def check_classes(checkpoint: dict, metainfo: object, path: str | Path) -> None:
    """Compare the classes of a checkpoint with those of the data that it is used on.

    Other names give a warning, because two names may mean the same. Without names on both sides
    there is nothing to compare.

    Args:
        checkpoint: From :func:`tinydet.checkpoints.read_checkpoint`.
        metainfo: ``metainfo`` of a data set.
        path: Name of the checkpoint in messages.

    Raises:
        InputError: The names are the same in another order.
    """
    known, given = _known_classes(checkpoint), _classes(metainfo)
    if not known or not given or known == given:
        return
    if sorted(known) == sorted(given):
        raise InputError(
            f"checkpoint {path} has the classes of the data ({_some(given)}) in another order "
            f"({_some(known)}), which mixes up the labels; {RENUMBER}"
        )
    pairs = enumerate(zip_longest(given, known, fillvalue="none"))
    other = [
        f"class {number} is {new} in the data and {old} in the checkpoint"
        for number, (new, old) in pairs
        if new != old
    ]
    print_log(
        f"checkpoint {path} has other classes than the data: {_some(other)}; results are right "
        "only where two names mean the same",
        logger="current",
        level=logging.WARNING,
    )


def warn_of_classes(checkpoint: dict, metainfo: object, path: str | Path) -> None:
    """Warn of classes that begin a fine-tuning with the weights of another class.

    With another number of classes, their layers do not fit and start at random, which the report
    of loading says.

    Args:
        checkpoint: From :func:`tinydet.checkpoints.read_checkpoint`.
        metainfo: ``metainfo`` of the training data.
        path: Name of the checkpoint in messages.
    """
    known, given = _known_classes(checkpoint), _classes(metainfo)
    if len(known) != len(given) or known == given:
        return
    pairs = enumerate(zip(given, known, strict=True))
    other = {number: (new, old) for number, (new, old) in pairs if new != old}
    starts = [f"class {number} ({new}) starts as {old}" for number, (new, old) in other.items()]
    moved = any(new in known for new, _ in other.values())
    cure = RENUMBER if moved else "train without load_from"
    print_log(
        f"checkpoint {path} has other classes than the training data, and where the layers of its "
        f"head fit, {_some(starts)}; if that is not meant, {cure}",
        logger="current",
        level=logging.WARNING,
    )


def _known_classes(checkpoint: dict) -> list[str]:
    """Return the classes that mmengine wrote into a checkpoint; none in foreign files."""
    meta = checkpoint.get("meta") if isinstance(checkpoint, Mapping) else None
    return _classes(meta.get("dataset_meta") if isinstance(meta, Mapping) else None)


def _classes(metainfo: object) -> list[str]:
    """Return the classes of one data set; none of several that differ, whose metainfo is a list."""
    classes = metainfo.get("classes") if isinstance(metainfo, Mapping) else None
    return [classes] if isinstance(classes, str) else [str(name) for name in classes or ()]


def _some(texts: list[str], count: int = 20) -> str:
    return ", ".join(texts[:count]) + (", …" if len(texts) > count else "")
