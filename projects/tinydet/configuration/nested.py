"""Every dictionary inside a config, with the path that a user would write to it."""

from __future__ import annotations

from collections.abc import Iterator


def dictionaries(node: object, path: str) -> Iterator[tuple[str, dict]]:
    """Yield ``node`` and all dictionaries in it, outer before inner.

    Args:
        node: A dictionary, a list or a tuple of anything.
        path: What ``node`` is called, such as ``model``; items are then ``model.neck[1].type``.
    """
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from dictionaries(value, f"{path}.{key}")
    elif isinstance(node, list | tuple):
        for number, value in enumerate(node):
            yield from dictionaries(value, f"{path}[{number}]")
