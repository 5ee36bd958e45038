"""Functions of other packages, replaced by ones that call them."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType


def wrap_once(
    owner: object,
    name: str,
    make: Callable[[Callable], Callable],
    kind: Callable = lambda function: function,
) -> None:
    """Replace ``owner.name`` by ``kind(make(original))``; a second call leaves it as it is."""
    original = getattr(owner, name)
    if hasattr(original, "tinydet_original"):
        return
    wrapped = functools.wraps(original)(make(original))
    wrapped.tinydet_original = original
    setattr(owner, name, kind(wrapped))


def wrap_everywhere(owner: ModuleType, name: str, make: Callable[[Callable], Callable]) -> None:
    """As :func:`wrap_once`, also for the modules that took ``name`` from ``owner`` before."""
    original = getattr(owner, name)
    wrap_once(owner, name, make)
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(name) is original:
            setattr(module, name, getattr(owner, name))
