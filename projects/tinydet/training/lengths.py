"""Settings that belong to another number of epochs than the training has.

``--cfg-options train_cfg.max_epochs=24`` leaves the schedules and hooks of a config as they were:
the rate falls to its end after 12 epochs and stays there.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from itertools import chain

from mmengine.logging import print_log

from tinydet.configuration.nested import dictionaries


def warn_of_other_lengths(config: Mapping, max_epochs: int) -> None:
    """Log a warning that names what :func:`other_lengths` finds."""
    if found := other_lengths(config, max_epochs):
        print_log(
            f"the training has {max_epochs} epochs, and these settings belong to another number: "
            f"{', '.join(found)}. They stay as they are; change them with --cfg-options too, or "
            "all together in a copy of the config",
            "current",
            level=logging.WARNING,
        )


def other_lengths(config: Mapping, max_epochs: int) -> list[str]:
    """Return what was set for another number of epochs, in the form of ``--cfg-options``.

    Schedules by epoch that last forever, and those that leave the end to a later one, are right at
    any length. An epoch at which a hook changes something is only known to be wrong where the
    training does not reach it, or where something else belongs to another length.

    Args:
        config: Of a training.
        max_epochs: Its epochs.
    """
    wrong = [*_schedules(config, max_epochs), *_hooks(config, max_epochs)]
    switches = [
        f"{key}.switch_epoch={hook['switch_epoch']}"
        for key, hook in _all_hooks(config)
        if isinstance(hook.get("switch_epoch"), int)
        and (wrong or hook["switch_epoch"] >= max_epochs)
    ]
    return wrong + switches


def _schedules(config: Mapping, max_epochs: int) -> list[str]:
    parts = _parts(config, "param_scheduler")
    by_epoch = {key: one for key, one in parts if one.get("by_epoch", True)}
    ends = [one.get("end") for one in by_epoch.values()]
    if not ends or not all(isinstance(end, int) for end in ends) or max(ends) == max_epochs:
        return []
    last = max(ends)
    return [
        f"{key}.{name}={last}"
        for key, one in by_epoch.items()
        for name in ("T_max", "end")
        if one["end"] == last and one.get(name) == last
    ]


def _hooks(config: Mapping, max_epochs: int) -> list[str]:
    return [
        f"{key}.max_epochs={hook['max_epochs']}"
        for key, hook in _all_hooks(config)
        if isinstance(hook.get("max_epochs"), int) and hook["max_epochs"] != max_epochs
    ]


def _all_hooks(config: Mapping) -> Iterator[tuple[str, Mapping]]:
    return chain.from_iterable(_parts(config, key) for key in ("default_hooks", "custom_hooks"))


def _parts(config: Mapping, key: str) -> Iterator[tuple[str, Mapping]]:
    """Yield the dictionaries with a type below a key, by their path as --cfg-options takes it."""
    for path, one in dictionaries(config.get(key), key):
        if "type" in one:
            yield re.sub(r"\[(\d+)\]", r".\1", path), one
