"""Say by name what an absent optional package would have provided."""

from __future__ import annotations

from mmengine.registry import Registry

from tinydet.registry import MODELS


def register_missing(*names: str, needs: str, registry: Registry = MODELS) -> None:
    """Register, under each name, something that tells what to install when it is built.

    Without it a config that names such a class would end in "is not in the registry", which
    reads like a misspelling.

    Args:
        names: Classes that cannot be defined without the package.
        needs: The package, as pip wants it.
        registry: Where the classes would be.
    """
    for name in names:

        def build(*_, _name: str = name, **__) -> None:
            raise ImportError(
                f"tinydet.{_name} is built on {needs}, which is not installed: "
                f"pip install --no-deps {needs} (mind its licence, see README.md)"
            )

        registry.register_module(name=name, module=build)
