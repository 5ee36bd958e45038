"""mmyolo's collate function, found under any scope, for images of any size, with file names."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from tinydet.compat.padding import to_same_size
from tinydet.compat.wrapping import wrap_once


def resolve_collate_scope() -> None:
    """Support a scope in ``collate_fn``: ``type="mmyolo.yolov5_collate"`` or ``_scope_``.

    mmengine keeps collate functions in one flat registry, which does not find a dotted type. In a
    config inherited across packages (``_base_ = "mmyolo::..."``), every dict with a ``type`` gets
    ``_scope_``, which ``Runner.build_dataloader`` passes to the function as an argument.

    No-op: the type has no scope, and there is no ``_scope_``.
    """
    from mmengine.runner import Runner

    def make(original: Callable) -> Callable:
        def build_dataloader(dataloader, *args, **kwargs):
            collate = dataloader.get("collate_fn") if isinstance(dataloader, dict) else None
            if isinstance(collate, dict) and isinstance(collate.get("type"), str):
                collate = dict(collate)
                scope, _, name = collate["type"].rpartition(".")
                scope = collate.pop("_scope_", None) or scope
                if scope:
                    importlib.import_module(f"{scope}.datasets")  # registers its functions
                collate["type"] = name
                if name == "yolov5_collate":
                    extend_yolov5_collate()
                dataloader = {**dataloader, "collate_fn": collate}
            return original(dataloader, *args, **kwargs)

        return build_dataloader

    wrap_once(Runner, "build_dataloader", make, staticmethod)


def extend_yolov5_collate() -> None:
    """Extend mmyolo's ``yolov5_collate`` by images of several sizes and by file names.

    The original function stacks images, which fails for different sizes; the extension pads images
    to the largest. The original drops the file names, so no error could name an image; the
    extension adds them under the key ``img_paths``, which mmyolo ignores. Called when a data loader
    with this function is built.
    """
    from mmengine.registry import FUNCTIONS

    def make(original: Callable) -> Callable:
        def yolov5_collate(data_batch, *args, **kwargs):
            images = to_same_size([item["inputs"] for item in data_batch])
            same = [{**item, "inputs": one} for item, one in zip(data_batch, images, strict=True)]
            collated = original(same, *args, **kwargs)
            paths = [item["data_samples"].get("img_path") for item in data_batch]
            collated["data_samples"]["img_paths"] = paths
            return collated

        return yolov5_collate

    owner = importlib.import_module("mmyolo.datasets.utils")
    wrap_once(owner, "yolov5_collate", make)
    FUNCTIONS.module_dict["yolov5_collate"] = owner.yolov5_collate
