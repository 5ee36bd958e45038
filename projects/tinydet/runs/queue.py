"""A queue of runs: failures are reported at the end, and several processes may share the queue."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence

from tinydet.errors import InputError
from tinydet.runs.lock import RunLock
from tinydet.runs.plan import Run
from tinydet.runs.process import RunFailed
from tinydet.runs.trainer import Trainer

POLL = 10.0  # seconds between two attempts to lock a run that another process holds


def run_all(runs: Sequence[Run], trainer: Trainer, poll: float = POLL) -> list[str]:
    """Execute the runs that are not recorded; return a sentence for each that failed.

    A run that another living process holds is retried after all others. If that process was
    killed and its training still runs, the queue waits for the training before it starts anything
    else, because the training still occupies the GPUs.
    """
    failures: list[str] = []
    waiting, announced = list(runs), []
    while waiting:
        held = [run for run in waiting if not _attempt(run, trainer, failures, poll)]
        if held not in ([], announced):
            names = "; ".join(run.title for run in held)
            print(f"waiting for runs that another process holds: {names}", flush=True)
        if held == waiting:
            time.sleep(poll)
        waiting = announced = held
    return failures


def _attempt(run: Run, trainer: Trainer, failures: list[str], poll: float) -> bool:
    """Execute a run and note its failure; return ``False`` if another process holds the run."""
    try:
        return _execute(run, trainer, poll)
    except (InputError, RunFailed, OSError) as error:  # OSError: a folder that is not writable
        print(f"{run.title}: failed", flush=True)
        failures.append(f"{run.title}: {error}")
    except Exception as error:  # whatever a config raises, the rest of the table goes on
        traceback.print_exc()
        failures.append(f"{run.title}: {type(error).__name__}: {error}")
    return True


def _execute(run: Run, trainer: Trainer, poll: float) -> bool:
    if trainer.is_recorded(run):
        print(f"{run.title}: already recorded", flush=True)
        return True
    lock = RunLock(run.folder(trainer.work))
    if not lock.acquire():
        if not lock.is_orphaned():
            return False
        print(f"{run.title}: waiting for the training that killed process {lock.owner()} left")
        while not lock.acquire():
            time.sleep(poll)
    try:
        # Another process may have recorded the run before this one got the lock.
        if not trainer.is_recorded(run):
            stage = trainer.stage(run)
            print(f"{run.title}: {stage}, in {run.folder(trainer.work)}", flush=True)
            trainer.execute(run, stage, lock)
            print(f"{run.title}: done, recorded in {trainer.store.path(run.config)}", flush=True)
    finally:
        lock.release()
    return True
