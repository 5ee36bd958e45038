"""Which learning rate and schedule a resumed training uses: the checkpoint's or the config's.

A checkpoint contains the learning rate and the state of the schedule, with its end and milestones.
mmengine silently replaces the config's values by these, so a training that is resumed with another
rate or a longer schedule continues with the old one.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict, _ParamScheduler
from mmengine.runner import EpochBasedTrainLoop, Runner

from tinydet.errors import InputError
from tinydet.registry import HOOKS

PROGRESS = {"last_step", "_global_step", "_last_value", "base_values", "verbose"}
CHOICES = ("checkpoint", "config")


@HOOKS.register_module()
class ResumeHook(Hook):
    """Warn if the checkpoint's learning rate or schedule overrides the config's on resume.

    ``tools/train.py`` adds the hook to every training. The hook also warns if a resumed training
    has already ended, and if a new training overwrites the checkpoints of an earlier one.

    Args:
        schedule: Source of learning rate, weight decay and schedule on resume: ``checkpoint``, or
            ``config`` (``tools/train.py --resume --new-schedule``), whose schedule is then advanced
            to the epoch and iteration of the checkpoint. Weights, momenta and moving averages
            always come from the checkpoint.

    Raises:
        InputError: ``schedule`` is invalid; the optimizers or schedules of checkpoint and config
            are of different kinds.
    """

    priority = "HIGHEST"  # mmyolo's scheduler hook starts from the rate in the optimizer

    def __init__(self, schedule: str = "checkpoint") -> None:
        if schedule not in CHOICES:
            raise InputError(f"ResumeHook: schedule={schedule!r} is none of {', '.join(CHOICES)}")
        self.schedule = schedule

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare the checkpoint with the config before mmengine restores the optimizer."""
        if not runner._resume or "optimizer" not in checkpoint:
            return
        if isinstance(runner.optim_wrapper, OptimWrapperDict):
            if self.schedule == "config":
                raise InputError(
                    "--new-schedule supports a single optimizer, and the config has several"
                )
            return
        fresh = runner.optim_wrapper.state_dict()
        saved, made = checkpoint["optimizer"]["param_groups"], fresh["param_groups"]
        check_groups(saved, made)
        if self.schedule == "config":
            fresh.pop("state")
            checkpoint["optimizer"].update(fresh)
            checkpoint.pop("param_schedulers", None)
            return
        found = [*rates_that_differ(saved, made)]
        found += schedules_that_differ(checkpoint.get("param_schedulers"), runner.param_schedulers)
        if found:
            runner.logger.warning(
                "--resume: rate and schedule of the checkpoint override the config's: "
                f"{', '.join(found)}; --resume --new-schedule uses the config's"
            )

    def before_train(self, runner: Runner) -> None:
        newest = Path(runner.work_dir, "last_checkpoint")
        if not runner._resume and newest.is_file():
            runner.logger.warning(
                f"{runner.work_dir} holds an earlier training, up to "
                f"{Path(newest.read_text()).name}, and this training starts from scratch and "
                "overwrites its checkpoints; --resume continues it, --work-dir names another folder"
            )
        if not runner._resume:
            return
        if self.schedule == "config":
            fast_forward(runner.param_schedulers or [], runner.epoch, runner.iter)
        unit = "epoch" if isinstance(runner.train_loop, EpochBasedTrainLoop) else "iter"
        done, end = getattr(runner, unit), getattr(runner, f"max_{unit}s")
        if done >= end:
            runner.logger.warning(
                f"--resume: the checkpoint has {done} of train_cfg.max_{unit}s={end}, so "
                "nothing is left to train; raise the number to continue"
            )


def check_groups(saved: Sequence[dict], made: Sequence[dict]) -> None:
    """Refuse an optimizer that cannot load the checkpoint's state.

    Args:
        saved: ``param_groups`` of the checkpoint.
        made: ``param_groups`` of the config's optimizer.

    Raises:
        InputError: The numbers of groups or parameters differ, or the kind of optimizer.
    """
    sizes = [[len(group["params"]) for group in groups] for groups in (saved, made)]
    kinds = [{"momentum", "betas"} & groups[0].keys() for groups in (saved, made)]
    if sizes[0] == sizes[1] and kinds[0] == kinds[1]:
        return
    raise InputError(
        f"--resume: the checkpoint's optimizer has {len(saved)} groups of {sum(sizes[0])} "
        f"parameters with {_kind(kinds[0])}, the config's {len(made)} of {sum(sizes[1])} with "
        f"{_kind(kinds[1])}, so the state does not fit: restore the original optim_wrapper, or "
        "start from the weights alone by load_from=CHECKPOINT without --resume"
    )


def _kind(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "neither momentum nor betas"


def rates_that_differ(saved: Sequence[dict], made: Sequence[dict]) -> Iterator[str]:
    """Yield ``lr 0.002 (config: 1e-05)`` for each distinct pair of initial rates that differ."""
    for key in ("lr", "weight_decay"):
        pairs = {
            tuple(group.get(f"initial_{key}", group.get(key)) for group in groups)
            for groups in zip(saved, made, strict=True)
        }
        yield from (f"{key} {old:g} (config: {new:g})" for old, new in sorted(pairs) if old != new)


def schedules_that_differ(
    saved: Sequence[dict] | None, made: Sequence[_ParamScheduler] | None
) -> Iterator[str]:
    """Yield ``CosineAnnealingLR.T_max 2 (config: 4)`` for each number that differs.

    Raises:
        InputError: The kinds of the schedules differ, so no state can be restored.
    """
    if saved is None or made is None or isinstance(saved, dict):
        return
    states = [scheduler.state_dict() for scheduler in made]
    if [old.keys() for old in saved] != [new.keys() for new in states]:
        kinds = ", ".join(type(scheduler).__name__ for scheduler in made) or "none"
        raise InputError(
            f"--resume: the checkpoint has {len(saved)} schedules of other kinds than the config's "
            f"{len(made)} ({kinds}), which cannot load their state; restore the original "
            "param_scheduler, or use the config's: --resume --new-schedule"
        )
    for scheduler, old, new in zip(made, saved, states, strict=True):
        for key in sorted(new.keys() - PROGRESS):
            if old[key] != new[key]:
                yield f"{type(scheduler).__name__}.{key} {old[key]} (config: {new[key]})"


def fast_forward(schedulers: Sequence[_ParamScheduler], epochs: int, iterations: int) -> None:
    """Advance new schedules to the state of a training, in the order of a real training.

    Args:
        schedulers: New schedules, at their start.
        epochs: Finished epochs; 0 in a training by iterations.
        iterations: Finished iterations.
    """
    schedulers = [one for one in schedulers if not getattr(one, "need_val_args", False)]
    by_epoch = [scheduler for scheduler in schedulers if scheduler.by_epoch]
    by_iteration = [scheduler for scheduler in schedulers if not scheduler.by_epoch]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of schedules that step before the optimizer
        done = 0
        for epoch in range(1, max(epochs, 1) + 1):
            until = iterations * epoch // max(epochs, 1)
            for _ in range(until - done):
                for scheduler in by_iteration:
                    scheduler.step()
            done = until
            for scheduler in by_epoch if epochs else ():
                scheduler.step()
