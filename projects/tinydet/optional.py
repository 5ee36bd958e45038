"""Placeholders for classes of optional packages that are missing or broken."""

from __future__ import annotations

from mmengine.registry import Registry

from tinydet.errors import InputError
from tinydet.registry import MODELS


def register_missing(*names: str, needs: str, why: str, registry: Registry = MODELS) -> None:
    """Register, under each name, a placeholder that says what to install when it is built.

    Without the placeholder, mmengine would report that the class "is not in the registry", which
    reads like a misspelling.

    Args:
        names: Classes that need the package.
        needs: Requirement of the package for pip.
        why: What is wrong with the package and what to do; the text follows "which".
        registry: Registry of the classes.
    """
    for name in names:

        def build(*_, _name: str = name, **__) -> None:
            raise InputError(f"tinydet.{_name} is built on {needs}, which {why}")

        registry.register_module(name=name, module=build)
