"""Optional packages: imports and placeholders that say what to install."""

from __future__ import annotations

import importlib
from types import ModuleType

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


def extra(module: str, name: str, purpose: str) -> ModuleType:
    """Import a module of an extra of this package.

    Args:
        module: The module, such as ``safetensors.torch``.
        name: Name of the extra in pyproject.toml.
        purpose: What needs the module, the subject of the sentence.

    Raises:
        InputError: The module, or a module that it imports, is missing or broken.
    """
    try:
        return importlib.import_module(module)
    except (ImportError, RuntimeError) as error:  # torchvision for another torch: RuntimeError
        raise InputError(
            f"{purpose} needs {module} ({error}); install it by pip install -e .[{name}]"
        ) from error
