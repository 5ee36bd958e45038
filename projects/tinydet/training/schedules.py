"""Schedules that count images: the same share of a training, whatever the batch.

A warm-up of 5,000 steps that its authors ran with 2 images a step lasts 0.7 epochs of AI-TOD; the
same number of steps at a batch of 8 lasts 2.9. ``end_images=10_000`` in the place of ``end=5000``
says what was meant.
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
    """Return the batch of all processes together."""
    loader = runner.train_dataloader
    # A loader whose batches a sampler of the config makes has no batch_size of its own.
    alone = loader["batch_size"] if isinstance(loader, dict) else loader.batch_sampler.batch_size
    return alone * runner.world_size


def in_steps(scheduler: object, batch: int) -> object:
    """Return schedules in which ``end_images`` is replaced by ``end``.

    Args:
        scheduler: What a config has as ``param_scheduler``; it stays as it is.
        batch: Images of a step.

    Raises:
        InputError: ``end_images`` beside ``end`` or ``by_epoch=True``, or not above 0.
    """
    if isinstance(scheduler, list | tuple):
        return [in_steps(one, batch) for one in scheduler]
    if not isinstance(scheduler, Mapping):
        return scheduler
    if "type" not in scheduler:  # a schedule for each of several optimizers
        return {name: in_steps(one, batch) for name, one in scheduler.items()}
    if "end_images" not in scheduler:
        return scheduler
    steps = dict(scheduler)
    images = steps.pop("end_images")
    if "end" in steps or steps.get("by_epoch", True) or not images > 0:
        raise InputError(
            f"param_scheduler: end_images={images!r} of {steps['type']} must be above 0, with "
            "by_epoch=False and without end"
        )
    steps["end"] = math.ceil(images / batch)
    print_log(
        f"{steps['type']} ends after {images:,} images, that is {steps['end']:,} steps at a batch "
        f"of {batch}",
        "current",
    )
    return steps
