"""Schedules that end after a number of images, whatever the batch size.

A warm-up of 5,000 steps with 2 images per step lasts 0.7 epochs of AI-TOD; with a batch of 8, the
same number of steps lasts 2.9 epochs. ``end_images=10_000`` in place of ``end=5000`` keeps the
length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from mmengine.logging import print_log
from mmengine.runner import Runner

from tinydet.errors import InputError


def with_images(original: Callable) -> Callable:
    """Wrap ``Runner.build_param_scheduler``: ``end_images`` becomes ``end``, in steps."""

    def build_param_scheduler(self, scheduler):
        return original(self, in_steps(scheduler, images_of_a_step(self)))

    return build_param_scheduler


def images_of_a_step(runner: Runner) -> int:
    """Return the batch size over all processes."""
    loader = runner.train_dataloader
    # With a batch sampler in the config, the loader itself has no batch_size.
    alone = loader["batch_size"] if isinstance(loader, dict) else loader.batch_sampler.batch_size
    return alone * runner.world_size


def in_steps(scheduler: object, batch: int) -> object:
    """Return schedules with ``end_images`` replaced by ``end``.

    Args:
        scheduler: ``param_scheduler`` of a config; not modified.
        batch: Images per step.

    Raises:
        InputError: ``end_images`` is combined with ``end`` or ``by_epoch=True``, or is not
            positive.
    """
    if isinstance(scheduler, list | tuple):
        return [in_steps(one, batch) for one in scheduler]
    if not isinstance(scheduler, Mapping):
        return scheduler
    if "type" not in scheduler:  # one schedule per optimizer
        return {name: in_steps(one, batch) for name, one in scheduler.items()}
    if "end_images" not in scheduler:
        return scheduler
    steps = dict(scheduler)
    images = steps.pop("end_images")
    if "end" in steps or steps.get("by_epoch", True) or not images > 0:
        raise InputError(
            f"param_scheduler: end_images={images!r} of {steps['type']} must be positive, with "
            "by_epoch=False and without end"
        )
    steps["end"] = math.ceil(images / batch)
    print_log(
        f"{steps['type']} ends after {images:,} images, that is {steps['end']:,} steps at a batch "
        f"of {batch}",
        "current",
    )
    return steps
