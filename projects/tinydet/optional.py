"""Say by name what an optional package that is absent or broken would have provided."""

from __future__ import annotations

from mmengine.registry import Registry

from tinydet.errors import InputError
from tinydet.registry import MODELS


def register_missing(*names: str, needs: str, why: str, registry: Registry = MODELS) -> None:
    """Register, under each name, something that tells what to install when it is built.

    Without it a config that names such a class would end in "is not in the registry", which
    reads like a misspelling.

    Args:
        names: Classes that cannot be defined without the package.
        needs: The package, as pip wants it.
        why: What is wrong with it and what to do, to follow "which".
        registry: Where the classes would be.
    """
    for name in names:

        def build(*_, _name: str = name, **__) -> None:
            raise InputError(f"tinydet.{_name} is built on {needs}, which {why}")

        registry.register_module(name=name, module=build)
