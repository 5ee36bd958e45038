"""mmengine's log, kept short where models are built for a look and not for a training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.logging import MMLogger


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
