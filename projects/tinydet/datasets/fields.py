"""Convert values of a COCO file to integers and flags, for training and evaluation alike."""

from __future__ import annotations

from collections.abc import Callable

MEANINGS = {None: 0, 0: 0, 1: 1, "0": 0, "1": 1}  # False and 0.0 are 0 as keys, True and 1.0 are 1


def integer(value: object) -> int | None:
    """Return a whole number, such as 7 or 7.0, as an integer; None for other values."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None  # True is an int to isinstance


def flag(value: object) -> int | None:
    """Return 0 for 0, false, "0" and null, 1 for 1, true and "1", None for other values."""
    return None if isinstance(value, list | dict) else MEANINGS.get(value)


def converted(
    items: list, key: str, read: Callable[[object], int | None], absent: int | None = None
) -> tuple[list, list[int]]:
    """Return items with converted values, and the indices of values that cannot be converted.

    If every value is valid as it is, the list itself is returned.

    Args:
        items: Dictionaries, which are not changed. An entry of another type counts as a value that
            cannot be converted.
        key: Key of the value.
        read: :func:`integer` or :func:`flag`.
        absent: Value of items without the key. The key is not added.
    """
    values = [item.get(key, absent) if isinstance(item, dict) else None for item in items]
    if {int}.issuperset(map(type, values)) and None not in map(read, set(values)):
        return items, []  # the usual case, made fast for files of a million annotations
    result, lacking = [], []
    for number, item in enumerate(items):
        value = read(item.get(key, absent)) if isinstance(item, dict) else None
        if value is None:
            lacking.append(number)
        same = value is None or type(item.get(key, absent)) is int
        result.append(item if same else {**item, key: value})
    return result, lacking
