"""The numbers of a finished test, read from the logs of mmengine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from tinydet.errors import InputError
from tinydet.runs.protocols import main_evaluator

DATA_AND_METRIC = ("dataloader", "evaluator")  # equal where the validation is the test


@dataclass(frozen=True)
class Measured:
    """The numbers of one test.

    Attributes:
        numbers: ``{metric: per cent}``; -1 where the test set has no object in the range.
        per_class: ``{class: AP in per cent}``, likewise.
        conditions: Protocol, treatment of ignored objects and number of detections.
    """

    numbers: dict[str, float]
    per_class: dict[str, float]
    conditions: dict[str, str]


def measure(config: Config, logged: Mapping[str, float]) -> Measured:
    """Return the numbers of a test.

    Args:
        config: Config of the test.
        logged: Logged numbers, of :func:`last_log` or :func:`last_validation`.

    Raises:
        InputError: The evaluator is unknown, or none of its numbers is logged.
    """
    _, protocol = main_evaluator(config)
    start = f"{protocol.prefix}/"
    found = {
        key.removeprefix(start): value for key, value in logged.items() if key.startswith(start)
    }
    ending = protocol.class_ending
    per_class = {
        name.removesuffix(ending): value
        for name, value in found.items()
        if ending and name.endswith(ending)
    }
    numbers = {ours: found[name] for name, ours in protocol.names.items() if name in found}
    if not numbers:
        raise InputError(f"the log of the test has no {protocol.prefix}/… number")
    return Measured(_percent(numbers), _percent(per_class), protocol.conditions())


def last_validation(config: Config, folder: Path) -> dict[str, float] | None:
    """Return the numbers of the validation that ended a training, if it equals the test.

    Args:
        config: Config of the training.
        folder: Its work folder.

    Returns:
        ``None`` where validation and test differ in data or evaluator, or where no log holds a
        validation of the last epoch, for example because the training was killed before.
    """
    if any(config.get(f"val_{part}") != config.get(f"test_{part}") for part in DATA_AND_METRIC):
        return None
    end = config.train_cfg.get("max_epochs") or config.train_cfg.get("max_iters")
    prefix = main_evaluator(config)[1].prefix
    found = None
    for path in sorted(folder.glob("*/vis_data/*.json")):
        if path.stem != path.parents[1].name:
            continue
        for line in path.read_text().splitlines():
            numbers = json.loads(line)
            if numbers.get("step") == end and any(key.startswith(f"{prefix}/") for key in numbers):
                found = numbers
    return found


def last_log(folder: Path) -> dict[str, float]:
    """Return the numbers that mmengine logged at the end of the last test in ``folder``.

    Raises:
        InputError: No test has finished there.
    """
    found = [path for path in folder.glob("*/*.json") if path.stem == path.parent.name]
    if not found:
        raise InputError(f"{folder} has no log of a finished test")
    return json.loads(max(found).read_text())


def _percent(fractions: Mapping[str, float]) -> dict[str, float]:
    """Return per cent; -1 and mmdet's NaN, which mean that there is no object, become -1."""
    known = {name: value == value and value != -1 for name, value in fractions.items()}
    return {name: 100 * value if known[name] else -1.0 for name, value in fractions.items()}
