"""Arguments of the assigners, checked when a config is built rather than when an image comes."""

from __future__ import annotations

from collections.abc import Collection


def check_choice(name: str, value: object, choices: Collection) -> None:
    """Refuse a value that is none of the choices.

    Raises:
        ValueError: Names the argument, the value and the choices.
    """
    if value not in choices:
        raise ValueError(f"{name}={value!r} is none of {', '.join(map(repr, choices))}")


def check_fraction(name: str, value: float) -> float:
    """Return a similarity threshold.

    Raises:
        ValueError: It is not a number in [0, 1].
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{name}={value!r} is a similarity: it must be a number from 0 to 1")
    return float(value)


def check_positive(name: str, value: float) -> float:
    """Return a number above 0.

    Raises:
        ValueError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"{name}={value!r} must be a number above 0")
    return value


def check_count(name: str, value: int, least: int = 1) -> int:
    """Return a number of priors.

    Raises:
        ValueError: It is not a whole number of at least ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name}={value!r} must be a whole number of at least {least}")
    return value
