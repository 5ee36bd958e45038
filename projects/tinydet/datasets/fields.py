"""What the values under a key of a COCO file mean: one reading for training and evaluation."""

from __future__ import annotations

from collections.abc import Callable

MEANINGS = {None: 0, 0: 0, 1: 1, "0": 0, "1": 1}  # False and 0.0 are 0 as keys, True and 1.0 are 1


def integer(value: object) -> int | None:
    """Return a whole number, such as 7 or 7.0, as an integer; None where it is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None  # True is an int to isinstance


def flag(value: object) -> int | None:
    """Return 0 for 0, false, "0" and null, 1 for 1, true and "1", and None for all else."""
    return None if isinstance(value, list | dict) else MEANINGS.get(value)


def converted(
    items: list, key: str, read: Callable[[object], int | None], absent: int | None = None
) -> tuple[list, list[int]]:
    """Return items with their values read, and the indices of those that cannot be read.

    Where all values are as they should be, the list itself is returned.

    Args:
        items: Dictionaries, which stay as they are; what is none cannot be read.
        key: Whose value is replaced.
        read: :func:`integer` or :func:`flag`.
        absent: What an item without the key means; it stays without.
    """
    values = [item.get(key, absent) if isinstance(item, dict) else None for item in items]
    if {int}.issuperset(map(type, values)) and None not in map(read, set(values)):
        return items, []  # nearly always, and a file may have a million
    result, lacking = [], []
    for number, item in enumerate(items):
        value = read(item.get(key, absent)) if isinstance(item, dict) else None
        if value is None:
            lacking.append(number)
        same = value is None or type(item.get(key, absent)) is int
        result.append(item if same else {**item, key: value})
    return result, lacking
