"""Every dictionary inside a config, with its path as a user writes it."""

from __future__ import annotations

from collections.abc import Iterator


def dictionaries(node: object, path: str) -> Iterator[tuple[str, dict]]:
    """Yield ``(path, dictionary)`` for ``node`` and all dictionaries in it, outer before inner.

    Args:
        node: A dictionary, a list or a tuple of anything.
        path: Path of ``node``, such as ``model``; paths inside are then like ``model.neck[1]``.
    """
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from dictionaries(value, f"{path}.{key}")
    elif isinstance(node, list | tuple):
        for number, value in enumerate(node):
            yield from dictionaries(value, f"{path}[{number}]")
