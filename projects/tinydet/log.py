"""Logs and warnings, kept to what concerns the user's run."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mmengine.logging import MMLogger

from tinydet.compat.wrapping import wrap_once

DROWNING = (
    # A line a parameter and setting, hundreds at each start; tinydet.training.every_run logs one.
    "paramwise_options -- ",
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
)


@contextmanager
def quiet(level: int) -> Iterator[None]:
    """Let only messages of ``level`` and above through: building a model prints lines a weight."""
    logger = MMLogger.get_current_instance()
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)


def quieten_warnings() -> None:
    """Hide the warnings of the frameworks that say nothing about the user's run.

    No-op: Python runs with ``-W`` or ``PYTHONWARNINGS``, that is, somebody wants to see them.
    """
    if sys.warnoptions:
        return
    for message, module in (
        ("pkg_resources is deprecated", ""),
        ("__array_wrap__ must accept context", ""),
        ("torch.meshgrid: in an upcoming release", ""),
        ("Unable to import torch_npu", ""),
        (".*torch.cuda.amp.*is deprecated", ""),
        (".*pin_memory.*no accelerator is found", ""),
        ("Failed to import .transformers.", ""),
        (".*`torch.jit.script` is deprecated", ""),
    ):
        warnings.filterwarnings("ignore", message=message, module=module)


def quieten_log() -> None:
    """Keep mmengine's lines about itself out of the user's log.

    No-op: ``log_level = "DEBUG"``, that is, somebody wants to see everything.
    """

    def make(original: Callable) -> Callable:
        def callHandlers(self, record):  # noqa: N802
            noise = isinstance(record.msg, str) and record.msg.startswith(DROWNING)
            # MMLogger keeps the level in its handlers.
            if not noise or any(handler.level <= logging.DEBUG for handler in self.handlers):
                original(self, record)

        return callHandlers

    wrap_once(MMLogger, "callHandlers", make)
