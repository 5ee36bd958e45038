"""``constant="auto"``: NWD's and DotD's C, taken from the training annotations.

The papers set C to the mean absolute object size of the data set, 12.8 px for AI-TOD. A config
that says ``constant="auto"`` in a loss, an assigner or an NMS gets the mean of ``sqrt(w * h)`` over
the boxes that it trains on, written into the config before anything is built from it: the log and
the config saved in the work folder then hold a number, and a test uses that of the training.

The size is that of the annotations: where a pipeline resizes the images, C in pixels of the network
input is that times the scale, and has to be given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import DATASETS

from tinydet.datasets.annotations import read_coco
from tinydet.datasets.boxes import clean_boxes, without_ignored
from tinydet.datasets.categories import of_classes
from tinydet.datasets.statistics import describe, mean_size
from tinydet.errors import InputError
from tinydet.nested import dictionaries

GIVE_IT = "give the number in place of 'auto' (the config saved in the run's work folder has it)"


def resolve_constants(config: Config) -> float | None:
    """Replace every ``constant="auto"`` under ``model`` by a number, in place.

    The number, and from which files it is, are kept as ``config.auto_constant``, which is printed
    with the config at the head of the log.

    Returns:
        C in px, to two decimals; ``None`` where nothing asks for it.

    Raises:
        InputError: There are no training annotations to take it from.
    """
    asking = {
        path: node
        for path, node in dictionaries(config.get("model"), "model")
        if node.get("constant") == "auto"
    }
    if not asking:
        return None
    datasets = list(training_annotations(config, next(iter(asking))))
    sizes = np.concatenate([_sizes(file, classes) for file, classes in datasets])
    files = [file for file, _ in datasets]
    if not len(sizes):
        raise InputError(f"{', '.join(files)}: there is no box to take constant='auto' from")
    constant = mean_size(sizes)
    for node in asking.values():
        node["constant"] = constant
    config["auto_constant"] = dict(
        pixels=constant, boxes=len(sizes), files=files, used_by=[*asking]
    )
    print_log(
        f"constant='auto' is {constant} px, the mean sqrt(w*h) of {len(sizes)} boxes of "
        f"{', '.join(files)}",
        "current",
    )
    return constant


def _sizes(file: str, classes: Sequence[str] | None) -> np.ndarray:
    """Return ``(N,)`` sqrt(w * h) of the boxes of a file that a training uses."""
    coco = read_coco(file, f"constant='auto' is the mean size of its boxes: {GIVE_IT}")
    if classes:
        named = [item for item in coco["categories"] if item.get("name") in classes]
        coco, _ = of_classes(coco, [item["id"] for item in named])
    cleaned, _ = clean_boxes(coco, file)
    return describe(without_ignored(cleaned)).sizes


def training_annotations(config: Config, asking: str) -> Iterator[tuple[str, Sequence[str] | None]]:
    """Yield the annotation files of the training data, through any wrapper of data sets.

    With each the classes that its data set is given, if it is.

    Args:
        config: The config.
        asking: What to name in the error.

    Raises:
        InputError: The config has no training data.
    """
    dataset = (config.get("train_dataloader") or {}).get("dataset")
    found = [node for _, node in dictionaries(dataset, "dataset") if node.get("ann_file")]
    if not found:
        raise InputError(
            f"{asking}: constant='auto' is the mean size of the training objects, and the config "
            f"has no train_dataloader with an ann_file; {GIVE_IT}"
        )
    for node in found:
        yield str(Path(node.get("data_root") or "", node["ann_file"])), _classes(node)


def _classes(dataset: dict) -> Sequence[str] | None:
    """Return the classes of a data set's config, or of its type; None where the file says them."""
    kind = dataset.get("type")
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    given = (dataset.get("metainfo") or {}).get("classes")
    classes = given or getattr(kind, "METAINFO", {}).get("classes")
    return classes if isinstance(classes, list | tuple) else None  # "auto", or a file of names
