"""What inference takes from a config and a checkpoint: the test pipeline and the classes."""

from __future__ import annotations

from mmcv.transforms import Compose
from mmdet.utils import get_test_pipeline_cfg
from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope
from torch import nn

from tinydet.errors import InputError, did_you_mean


def test_pipeline(config: Config) -> Compose:
    """Return a config's test pipeline, made for images without annotations.

    The loader of a stock config is replaced by ours, which has the same arguments and notices
    truncated files.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    steps = []
    for step in get_test_pipeline_cfg(config):
        name = getattr(step["type"], "__name__", step["type"])  # a class in new-style configs
        if name.endswith("LoadImageFromFile"):
            step = {**step, "type": "tinydet.LoadImageFromFile"}
        if not name.endswith("LoadAnnotations"):
            steps.append(step)
    return Compose(steps)


def class_names(model: nn.Module, config: Config) -> list[str]:
    """Return the classes that the checkpoint names, else those of the config's data set."""
    dataset = DATASETS.get(config.test_dataloader.dataset.type)
    classes = model.dataset_meta.get("classes") or getattr(dataset, "METAINFO", {}).get("classes")
    if not classes:
        raise InputError(
            "neither the checkpoint nor the config names the classes; add "
            "--cfg-options test_dataloader.dataset.metainfo.classes='[name,name]'"
        )
    return [classes] if isinstance(classes, str) else list(classes)


def labels_of(wanted: list[str] | None, classes: list[str]) -> list[int]:
    """Return the labels of the classes that ``--classes`` names; all where it is not given."""
    wanted = classes if wanted is None else wanted
    unknown = [name for name in wanted if name not in classes]
    if unknown:
        named = ", ".join(repr(name) + did_you_mean(name, classes) for name in unknown)
        raise InputError(
            f"--classes: the model has no {named}; its classes are {', '.join(classes)}"
        )
    return [classes.index(name) for name in wanted]
