"""Mistakes in a config that show only when it is built, told by name instead of by traceback."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.registry import Registry
from torch.utils.data import DataLoader

from tinydet.errors import InputError, did_you_mean


@contextmanager
def mistakes_named(path: str | Path) -> Iterator[None]:
    """Raise :class:`InputError` where something of a config cannot be built.

    Args:
        path: The config, to be named.

    Raises:
        InputError: A ``type`` that is not registered, or a key that its class does not take. Every
            other error passes: it may be a defect.
    """
    try:
        yield
    except (KeyError, TypeError) as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        raise InputError(f"config {path}: {sentence}; correct the name") from error


def _sentence(error: KeyError | TypeError) -> str | None:
    # What mmengine was building, from outside to inside.
    built = [
        frame.f_locals
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_name in ("build_from_cfg", "build_dataloader")
    ]
    if not built:
        return None
    kind = built[-1].get("obj_cls", DataLoader)
    if kind is None:
        name = built[-1]["obj_type"]
        names = _registered(built[-1]["registry"].root)
        return f"type={name!r} is not registered{did_you_mean(name.rpartition('.')[2], names)}"
    key = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    given = built[-1].get("args", built[-1].get("dataloader_cfg", {}))
    if key is None or key[1] not in given:
        return None
    return f"{kind.__name__} takes no {key[1]!r}{did_you_mean(key[1], _arguments(kind))}"


def _registered(registry: Registry) -> set[str]:
    below = (_registered(child) for child in registry.children.values())
    return set(registry.module_dict).union(*below)


def _arguments(kind: type) -> set[str]:
    """Return what a class and those that it hands its keywords on to take."""
    makers = [base.__init__ for base in inspect.getmro(kind)] if inspect.isclass(kind) else [kind]
    return {name for maker in makers for name in inspect.signature(maker).parameters}
