"""Mistakes in a config that show only when it is built, told by name instead of by traceback."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.registry import DefaultScope, Registry
from torch.utils.data import DataLoader

from tinydet.compat import mmyolo_trouble
from tinydet.errors import InputError, did_you_mean


@contextmanager
def mistakes_named(path: str | Path) -> Iterator[None]:
    """Raise :class:`InputError` where something of a config cannot be built.

    Args:
        path: The config, to be named.

    Raises:
        InputError: A ``type`` that is not registered, one of a mmyolo that is absent or broken, or
            a key that its class does not take. Every other error passes: it may be a defect.
    """
    try:
        yield
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        raise InputError(f"config {path}: {sentence}") from error


def _sentence(error: Exception) -> str | None:
    # What mmengine was building, from outside to inside.
    built = [
        frame.f_locals
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_name in ("build_from_cfg", "build_dataloader")
    ]
    if not built:
        return None
    name, kind = built[-1].get("obj_type"), built[-1].get("obj_cls")
    if name and not kind and "mmyolo" in _scopes(name, built[-1]["scope"]) and mmyolo_trouble():
        return f"type={name!r} is of mmyolo, which {mmyolo_trouble()}"
    if not isinstance(error, KeyError | TypeError):
        return None
    if name and not kind:
        near = did_you_mean(name.rpartition(".")[2], _registered(built[-1]["registry"].root))
        return f"type={name!r} is not registered{near}; correct the name"
    kind = kind or DataLoader
    key = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    given = built[-1].get("args", built[-1].get("dataloader_cfg", {}))
    if key is None or key[1] not in given:
        return None
    near = did_you_mean(key[1], _arguments(kind))
    return f"{kind.__name__} takes no {key[1]!r}{near}; correct the name"


def _scopes(name: str, scope: str | None) -> tuple[str | None, ...]:
    """Return the scopes in which a ``type`` is looked for: its own, its part's, the run's."""
    current = getattr(DefaultScope.get_current_instance(), "scope_name", None)
    return name.rpartition(".")[0], scope, current


def _registered(registry: Registry) -> set[str]:
    below = (_registered(child) for child in registry.children.values())
    return set(registry.module_dict).union(*below)


def _arguments(kind: type) -> set[str]:
    """Return what a class and those that it hands its keywords on to take."""
    makers = [base.__init__ for base in inspect.getmro(kind)] if inspect.isclass(kind) else [kind]
    return {name for maker in makers for name in inspect.signature(maker).parameters}
