"""What a resumed training takes from its checkpoint, said and chosen.

A checkpoint holds the learning rate and the state of the schedule, end and milestones included.
mmengine puts them over the config's: who resumes with another rate or a longer schedule trains on
with the old one and is told nothing.
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
    """Say where the rate and the schedule of a checkpoint win over others in the config.

    ``tools/train.py`` adds it to every training. It also says when a resumed training is at its
    end already, and when a new one writes over the checkpoints of an earlier one.

    Args:
        schedule: Whose rate, weight decay and schedule a resumed training goes on with:
            ``checkpoint``, or ``config`` (``tools/train.py --resume --new-schedule``), whose
            schedule is then taken to the epoch and the iteration of the checkpoint. Weights,
            momenta and moving averages are the checkpoint's in both cases.

    Raises:
        InputError: ``schedule`` is neither; the checkpoint's optimizer or schedule is of another
            kind than the config's.
    """

    priority = "HIGHEST"  # mmyolo's hook for the rate starts from what stands in the optimizer

    def __init__(self, schedule: str = "checkpoint") -> None:
        if schedule not in CHOICES:
            raise InputError(f"ResumeHook: schedule={schedule!r} is none of {', '.join(CHOICES)}")
        self.schedule = schedule

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare a checkpoint with what the config made, before mmengine takes it over."""
        if not runner._resume or "optimizer" not in checkpoint:
            return
        if isinstance(runner.optim_wrapper, OptimWrapperDict):
            if self.schedule == "config":
                raise InputError("--new-schedule: the config has several optimizers; it takes one")
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
                "--resume: rate and schedule of the checkpoint win over the config's: "
                f"{', '.join(found)}; --resume --new-schedule takes the config's"
            )

    def before_train(self, runner: Runner) -> None:
        newest = Path(runner.work_dir, "last_checkpoint")
        if not runner._resume and newest.is_file():
            runner.logger.warning(
                f"{runner.work_dir} holds an earlier training, up to "
                f"{Path(newest.read_text()).name}, and this one begins anew and writes over its "
                "checkpoints; --resume goes on from there, --work-dir names another folder"
            )
        if not runner._resume:
            return
        if self.schedule == "config":
            fast_forward(runner.param_schedulers or [], runner.epoch, runner.iter)
        unit = "epoch" if isinstance(runner.train_loop, EpochBasedTrainLoop) else "iter"
        done, most = getattr(runner, unit), getattr(runner, f"max_{unit}s")
        if done >= most:
            runner.logger.warning(
                f"--resume: the checkpoint has {done} of train_cfg.max_{unit}s={most}, so that "
                "nothing is left to train; raise the number to go on"
            )


def check_groups(saved: Sequence[dict], made: Sequence[dict]) -> None:
    """Refuse an optimizer that cannot take over another one's state.

    Args:
        saved: ``param_groups`` of the checkpoint.
        made: Those of the optimizer that the config makes.

    Raises:
        InputError: As many groups, or parameters, are not there, or the optimizer is another.
    """
    sizes = [[len(group["params"]) for group in groups] for groups in (saved, made)]
    kinds = [{"momentum", "betas"} & groups[0].keys() for groups in (saved, made)]
    if sizes[0] == sizes[1] and kinds[0] == kinds[1]:
        return
    raise InputError(
        f"--resume: the checkpoint's optimizer has {len(saved)} groups of {sum(sizes[0])} "
        f"parameters with {_kind(kinds[0])}, the config's {len(made)} of {sum(sizes[1])} with "
        f"{_kind(kinds[1])}, so that its state does not fit: write optim_wrapper as it was, or, to "
        "go on from the weights alone, load_from=CHECKPOINT, and leave --resume out"
    )


def _kind(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "neither momentum nor betas"


def rates_that_differ(saved: Sequence[dict], made: Sequence[dict]) -> Iterator[str]:
    """Yield ``lr 0.002 (config: 1e-05)``, the rates before any schedule, each pair once."""
    for key in ("lr", "weight_decay"):
        pairs = {
            tuple(group.get(f"initial_{key}", group.get(key)) for group in groups)
            for groups in zip(saved, made, strict=True)
        }
        yield from (f"{key} {old:g} (config: {new:g})" for old, new in sorted(pairs) if old != new)


def schedules_that_differ(
    saved: Sequence[dict] | None, made: Sequence[_ParamScheduler] | None
) -> Iterator[str]:
    """Yield ``CosineAnnealingLR.T_max 2 (config: 4)`` for each number that is not the same.

    Raises:
        InputError: The schedules are not of the same kinds, so that no state can be taken over.
    """
    if saved is None or made is None or isinstance(saved, dict):
        return
    states = [scheduler.state_dict() for scheduler in made]
    if [old.keys() for old in saved] != [new.keys() for new in states]:
        kinds = ", ".join(type(scheduler).__name__ for scheduler in made) or "none"
        raise InputError(
            f"--resume: the checkpoint has {len(saved)} schedules of other kinds than the config's "
            f"{len(made)} ({kinds}), which cannot take over their state; write param_scheduler as "
            "it was, or go on with the config's: --resume --new-schedule"
        )
    for scheduler, old, new in zip(made, saved, states, strict=True):
        for key in sorted(new.keys() - PROGRESS):
            if old[key] != new[key]:
                yield f"{type(scheduler).__name__}.{key} {old[key]} (config: {new[key]})"


def fast_forward(schedulers: Sequence[_ParamScheduler], epochs: int, iterations: int) -> None:
    """Take new schedules to where a training is, in the order in which it would have.

    Args:
        schedulers: As the runner built them, at their start.
        epochs: That are done; 0 where the training counts iterations alone.
        iterations: That are done.
    """
    schedulers = [one for one in schedulers if not getattr(one, "need_val_args", False)]
    by_epoch = [scheduler for scheduler in schedulers if scheduler.by_epoch]
    by_iteration = [scheduler for scheduler in schedulers if not scheduler.by_epoch]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's of a schedule that moves before its optimizer
        done = 0
        for epoch in range(1, max(epochs, 1) + 1):
            until = iterations * epoch // max(epochs, 1)
            for _ in range(until - done):
                for scheduler in by_iteration:
                    scheduler.step()
            done = until
            for scheduler in by_epoch if epochs else ():
                scheduler.step()
