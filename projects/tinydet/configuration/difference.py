"""In which values two configs differ, and from which upstream file a config is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config

from tinydet.configuration.load import load_config
from tinydet.configuration.sources import sources
from tinydet.errors import InputError

SCHEDULE = ("optim_wrapper", "param_scheduler", "train_cfg", "auto_scale_lr")
ABSENT = "absent"


def upstream_of(path: Path) -> str:
    """Return the upstream file of a config's model, as ``mmdet::…``.

    Raises:
        InputError: The config has no upstream file, or several.
    """
    found: dict[str, None] = {}
    for _, source in sources(path, of_packages=False):
        found.update((name, None) for name in _scoped_names(source))
    if len(found) != 1:
        raise InputError(
            f"{path} inherits from {', '.join(found) or 'no upstream config'}; one is needed"
        )
    return next(iter(found))


def _scoped_names(source: str) -> Iterator[str]:
    """Yield ``mmdet::…`` of ``_base_`` and of the calls of :mod:`tinydet.recipes.upstream`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.removeprefix("_base_ = ").strip("\"'")
            if text.startswith(("mmdet::", "mmyolo::")) and text.endswith(".py"):
                yield text


def flatten(node: object, name: str = "") -> dict[str, object]:
    """Return ``{"model.neck.type": value, "a[0].b": …}`` for every leaf, without scopes."""
    if isinstance(node, dict) and node:
        parts = [(f"{name}.{key}" if name else key, value) for key, value in node.items()]
        parts = [(key, value) for key, value in parts if not key.endswith("_scope_")]
    elif isinstance(node, list | tuple) and any(isinstance(value, dict) for value in node):
        parts = [(f"{name}[{index}]", value) for index, value in enumerate(node)]
    else:
        return {name: _plain(node)}
    return {key: leaf for part in parts for key, leaf in flatten(part[1], part[0]).items()}


def _plain(value: object) -> object:
    """Return tuples as lists and types without their package, which mean the same."""
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, str):
        return value.removeprefix("mmdet.").removeprefix("mmyolo.")
    return value


def differences(old: dict, new: dict) -> list[str]:
    """Return ``"name: old -> new"`` for every value that differs, in the order of the names."""
    before, after = flatten(old), flatten(new)
    return [
        f"{name}: {before.get(name, ABSENT)} -> {after.get(name, ABSENT)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name, ABSENT) != after.get(name, ABSENT)
    ]


def from_upstream(path: Path) -> list[str]:
    """Return in which values a config differs from the upstream file that it is made of.

    Model, optimizer, schedule and batch are compared, the last three where the upstream file has
    them. Data are another data set's; hooks and logging are the same in all configs of this tree.
    """
    ours = load_config(path).to_dict()  # first: it says what is wrong with a path
    upstream = Config.fromstring(f"_base_ = {upstream_of(path)!r}", ".py").to_dict()
    keys = ["model", *(key for key in SCHEDULE if key in upstream)]
    return differences(*({key: side.get(key) for key in keys} for side in (upstream, ours)))
