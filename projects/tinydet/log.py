"""Logs and warnings, limited to those that concern the user's run."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mmengine.logging import MMLogger

from tinydet.compat.wrapping import wrap_once

NOISE = (
    # One line per parameter and setting, hundreds at each start; every_run logs a summary.
    "paramwise_options -- ",
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
)


@contextmanager
def quiet(level: int) -> Iterator[None]:
    """Hide messages below ``level``, such as the lines per weight when a model is built."""
    logger = MMLogger.get_current_instance()
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)


def hide_warnings() -> None:
    """Hide warnings of the frameworks that do not concern the user's run.

    No-op: Python runs with ``-W`` or ``PYTHONWARNINGS``, so the user wants to see warnings.
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


def filter_log() -> None:
    """Remove mmengine's lines about its own internals from the log.

    No-op: ``log_level = "DEBUG"``.
    """

    def make(original: Callable) -> Callable:
        def callHandlers(self, record):  # noqa: N802
            noise = isinstance(record.msg, str) and record.msg.startswith(NOISE)
            # MMLogger keeps the level in its handlers.
            if not noise or any(handler.level <= logging.DEBUG for handler in self.handlers):
                original(self, record)

        return callHandlers

    wrap_once(MMLogger, "callHandlers", make)
