"""Mistakes in a config that appear only when a module is built, reported without a traceback."""

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

HERE = Path(__file__).resolve().parents[1]  # tinydet


@contextmanager
def mistakes_named(path: str | Path) -> Iterator[None]:
    """Raise :class:`InputError` if a module of a config cannot be built.

    Args:
        path: File of the config, for the message.

    Raises:
        InputError: A ``type`` is not registered, needs a mmyolo that is missing or broken, or does
            not accept a key; a part of tinydet refuses a value (:mod:`tinydet.arguments`). All
            other errors pass unchanged, because they may be bugs.
    """
    try:
        yield
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        raise InputError(f"config {path}: {sentence}") from error


def _sentence(error: Exception) -> str | None:
    # The modules that mmengine was building, outermost first.
    built = [
        frame.f_locals
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_name in ("build_from_cfg", "build_dataloader")
    ]
    if not built:
        return None
    name, kind = built[-1].get("obj_type"), built[-1].get("obj_cls")
    if name and not kind and "mmyolo" in _scopes(name, built[-1]["scope"]) and mmyolo_trouble():
        return f"type={name!r} needs mmyolo, which {mmyolo_trouble()}"
    if isinstance(error, ValueError) and _raised_here(error):
        return str(error)
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
    if key[1] == "as_published":
        return f"{kind.__name__} has no published variant to switch to; leave as_published out"
    near = did_you_mean(key[1], _arguments(kind))
    return f"{kind.__name__} takes no {key[1]!r}{near}; correct the name"


def _raised_here(error: Exception) -> bool:
    """Tell whether a line of tinydet raised an error, not a line of a package that it called."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return Path(frame.f_code.co_filename).is_relative_to(HERE)


def _scopes(name: str, scope: str | None) -> tuple[str | None, ...]:
    """Return the scopes that mmengine searches for a ``type``: its own, its parent's, the run's."""
    current = getattr(DefaultScope.get_current_instance(), "scope_name", None)
    return name.rpartition(".")[0], scope, current


def _registered(registry: Registry) -> set[str]:
    below = (_registered(child) for child in registry.children.values())
    return set(registry.module_dict).union(*below)


def _arguments(kind: type) -> set[str]:
    """Return the arguments of a class and of its base classes, which receive its keywords."""
    makers = [base.__init__ for base in inspect.getmro(kind)] if inspect.isclass(kind) else [kind]
    return {name for maker in makers for name in inspect.signature(maker).parameters}
