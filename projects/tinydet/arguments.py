"""Checks of a component's arguments, made when it is built rather than when an image comes.

Each check takes the component, or its name, as ``owner``, and names it with the argument and the
value.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable

from mmengine.logging import print_log


def check_choice(owner: object, name: str, value: object, choices: Iterable) -> None:
    """Refuse a value that is not among the choices.

    Raises:
        ValueError: Names the choices.
    """
    choices = list(choices)  # of a dict: a value that cannot be hashed is refused like others
    if value not in choices:
        raise ValueError(
            f"{described(owner, name, value)} is none of {', '.join(map(repr, choices))}"
        )


def check_number(owner: object, name: str, value: float, interval: str = "(0, inf)") -> float:
    """Return a finite number that lies in an interval.

    Args:
        owner: The component or its name.
        name: The argument.
        value: Its value.
        interval: As in mathematics: ``"(0, 1]"`` holds 1 and does not hold 0.

    Raises:
        ValueError: The value is not a number, or lies outside the interval.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{described(owner, name, value)} is not a number")
    low, high = map(float, interval[1:-1].split(","))
    above = value >= low if interval[0] == "[" else value > low
    below = value <= high if interval[-1] == "]" else value < high
    if not (above and below and math.isfinite(value)):
        raise ValueError(f"{described(owner, name, value)} is outside {interval}")
    return value


def check_count(owner: object, name: str, value: int, minimum: int = 1) -> int:
    """Return a whole number of at least ``minimum``.

    Raises:
        ValueError: The value is not such a number.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise ValueError(
            f"{described(owner, name, value)} must be a whole number of at least {minimum}"
        )
    return value


def warn_renamed(old: str, new: str) -> None:
    """Warn of a former name in a config, which the next version of tinydet refuses."""
    text = f"{old} is now {new}; the former name works in this version alone"
    print_log(text, "current", logging.WARNING)


def described(owner: object, name: str, value: object) -> str:
    """Return ``Owner: name=value``, the beginning of an error's sentence."""
    owner = owner if isinstance(owner, str) else type(owner).__name__
    return f"{owner}: {name}={value!r}"
