"""Batches by mmyolo's collate function: found under any scope, of any sizes, naming their files."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from tinydet.compat.padding import to_same_size
from tinydet.compat.wrapping import wrap_once


def resolve_collate_scope() -> None:
    """Understand a scope in ``collate_fn``: ``type="mmyolo.yolov5_collate"`` or ``_scope_``.

    mmengine keeps collate functions in one flat registry, so that a dotted type is not found,
    and a config inherited across packages (``_base_ = "mmyolo::..."``) gets ``_scope_`` in every
    dict with a ``type``, which ``Runner.build_dataloader`` hands to the function as an argument.

    No-op: the type names no scope and there is no ``_scope_``.
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
    """Let a batch of mmyolo's ``yolov5_collate`` be of several sizes, and say from which files.

    The function stacks the images, which has to be of one size where no mosaic made them: they are
    padded to the largest. It makes one tensor of all objects and drops the rest, so that nobody
    could name the image that broke a training: its dictionary gets one more key, which mmyolo does
    not read. Called when a data loader with this function is built.
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
