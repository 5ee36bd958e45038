"""``constant="auto"``: NWD's and DotD's C, taken from the training annotations.

The papers set C to the mean absolute object size of the data set, 12.8 px for AI-TOD. A config
that says ``constant="auto"`` in a loss, an assigner or an NMS gets the mean of ``sqrt(w * h)`` over
the boxes that it trains on, written into the config before anything is built from it: the log and
the config saved in the work folder then hold a number, and a test uses that of the training.

Sizes are pixels of the network input: where the training pipeline has mmdet's ``Resize`` with
``keep_ratio``, each box counts as large as it is after it. Any other change of size is left out of
account, and C has to be given.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmcv.image import rescale_size
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import DATASETS, init_default_scope

from tinydet.configuration.nested import dictionaries
from tinydet.datasets.annotations import read_coco
from tinydet.datasets.boxes import clean_boxes, without_ignored
from tinydet.datasets.categories import of_classes
from tinydet.datasets.statistics import mean_size
from tinydet.errors import InputError

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
    nodes = training_sets(config, next(iter(asking)))
    files = [_file_of(node) for node in nodes]
    init_default_scope(config.get("default_scope", "mmengine"))
    sizes = np.concatenate([sizes_of(node) for node in nodes])
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


def training_sets(config: Config, asking: str) -> list[dict]:
    """Return the data sets that a config trains on, without the wrappers around them.

    Args:
        config: The config.
        asking: What to name in the error.

    Raises:
        InputError: The config has no training data.
    """
    dataset = (config.get("train_dataloader") or {}).get("dataset")
    found = [
        node for _, node in dictionaries(dataset, "dataset") if "ann_file" in node or _is_voc(node)
    ]
    if not found:
        raise InputError(
            f"{asking}: constant='auto' is the mean size of the training objects, and the config "
            f"has no train_dataloader with an ann_file; {GIVE_IT}"
        )
    return found


def _is_voc(node: dict) -> bool:
    return str(node.get("type")).endswith("VOCDataset") and "years" in node


def _file_of(node: dict) -> str:
    """Return the annotation file of a data set; of VOC, which has one an image, the folder."""
    return str(Path(node.get("data_root") or "", node.get("ann_file", "")))


def sizes_of(node: dict) -> np.ndarray:
    """Return ``(N,)`` sqrt(w * h) of the boxes of a data set, px of the network input.

    Raises:
        InputError: Its annotations are not there or cannot be read.
    """
    found = _boxes_of_voc(node) if _is_voc(node) else _boxes_of_coco(node)
    sides = np.array([side for side, _ in found], np.float64).reshape(-1, 2)
    factors = {shape: _factor(node, shape) for shape in {shape for _, shape in found}}
    return np.sqrt(sides.prod(1)) * [factors[shape] for _, shape in found]


def _boxes_of_coco(node: dict) -> list[tuple]:
    """Return ``((w, h), (width, height of the image))`` of each box."""
    file = _file_of(node)
    hint = f"constant='auto' is the mean size of its boxes: {GIVE_IT}"
    coco = read_coco(file, hint)
    classes = _classes(node)
    if classes:
        named = [item["id"] for item in coco["categories"] if item.get("name") in classes]
        coco, _ = of_classes(coco, named)
    coco = without_ignored(clean_boxes(coco, file)[0])
    shapes = {image["id"]: (image["width"], image["height"]) for image in coco["images"]}
    return [(box["bbox"][2:], shapes[box["image_id"]]) for box in coco["annotations"]]


def _classes(node: dict) -> Sequence[str] | None:
    """Return the classes of a data set's config, or of its type; None where the file says them."""
    kind = node.get("type")
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    given = (node.get("metainfo") or {}).get("classes")
    classes = given or getattr(kind, "METAINFO", {}).get("classes")
    return classes if isinstance(classes, list | tuple) else None  # "auto", or a file of names


def _boxes_of_voc(node: dict) -> list[tuple]:
    """Return the same of XML files, without difficult objects."""
    images = DATASETS.build({**node, "pipeline": [], "lazy_init": True}).load_data_list()
    return [
        ((x2 - x1, y2 - y1), (image["width"], image["height"]))
        for image in images
        for x1, y1, x2, y2 in (one["bbox"] for one in image["instances"] if not one["ignore_flag"])
    ]


def _factor(node: dict, shape: tuple[float, float]) -> float:
    """Return what an image of ``(width, height)`` is enlarged by."""
    for step in node.get("pipeline") or ():
        if step["type"] in ("Resize", "mmdet.Resize") and step.get("keep_ratio"):
            return rescale_size(shape, step["scale"], return_scale=True)[1]
    return 1.0
