"""Runs one after another; a failed one is told at the end, and several processes may share them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence

from tinydet.errors import InputError
from tinydet.runs.claim import Claim
from tinydet.runs.plan import Run
from tinydet.runs.process import RunFailed
from tinydet.runs.trainer import Trainer

POLL = 10.0  # seconds between looks at a run that another process has


def work_off(runs: Sequence[Run], trainer: Trainer, poll: float = POLL) -> list[str]:
    """Carry out the runs that are not recorded, and return a sentence for each that failed.

    A run that another living process has is left to it and looked at again at the end. One whose
    process was killed is waited for before anything else is started, because what is left of its
    training still fills the GPUs.
    """
    failures: list[str] = []
    waiting, told = list(runs), []
    while waiting:
        elsewhere = [run for run in waiting if not _attempt(run, trainer, failures, poll)]
        if elsewhere not in ([], told):
            names = "; ".join(run.title for run in elsewhere)
            print(f"waiting for what another process has: {names}", flush=True)
        if elsewhere == waiting:
            time.sleep(poll)
        waiting = told = elsewhere
    return failures


def _attempt(run: Run, trainer: Trainer, failures: list[str], poll: float) -> bool:
    """Carry out a run and note its failure; return ``False`` if another process has it."""
    try:
        return _carry_out(run, trainer, poll)
    except (InputError, RunFailed, OSError) as error:  # OSError: a folder that cannot be written
        print(f"{run.title}: failed", flush=True)
        failures.append(f"{run.title}: {error}")
    except Exception as error:  # whatever a config raises, the rest of the table goes on
        traceback.print_exc()
        failures.append(f"{run.title}: {type(error).__name__}: {error}")
    return True


def _carry_out(run: Run, trainer: Trainer, poll: float) -> bool:
    if trainer.is_recorded(run):
        print(f"{run.title}: recorded already", flush=True)
        return True
    claim = Claim(run.folder(trainer.work))
    if not claim.take():
        if not claim.is_orphaned():
            return False
        print(f"{run.title}: a training of a killed process ({claim.owner()}) still runs; waiting")
        while not claim.take():
            time.sleep(poll)
    try:
        # The other process may have recorded it between the two looks.
        if not trainer.is_recorded(run):
            print(f"{run.title}: {trainer.stage(run)}, in {run.folder(trainer.work)}", flush=True)
            trainer.carry_out(run, claim)
            print(f"{run.title}: done, in {trainer.store.path(run.config)}", flush=True)
    finally:
        claim.give_up()
    return True
