"""The record of a finished run: its numbers and the conditions under which they were measured."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from mmengine.config import Config

from tinydet.files import locked
from tinydet.runs.measured import Measured
from tinydet.runs.plan import Run
from tinydet.runs.protocols import main_evaluator
from tinydet.runs.provenance import read_logs
from tinydet.runs.training_state import TrainingState
from tinydet.tables.cells import write_cells
from tinydet.tables.results import COLUMNS, Result, ResultStore, read_results


def result_of(
    run: Run, config: Config, folder: Path, state: TrainingState, measured: Measured, profile: dict
) -> Result:
    """Return the result of a run.

    Args:
        run: The run.
        config: Its config.
        folder: Its work folder, with the logs of the training.
        state: State of the finished training.
        measured: Numbers of the test.
        profile: JSON of ``tools/analysis/complexity.py``; empty where profiling failed.
    """
    machine = read_logs(folder)
    evaluator, _ = main_evaluator(config)
    loop = config.train_cfg
    conditions = dict(
        data=run.row.data,
        split=run.row.split,
        ann_file=Path(evaluator.get("ann_file") or "").name,
        input="x".join(map(str, profile.get("size", ()))),
        epochs=str(loop.get("max_epochs") or f"{loop.get('max_iters')} iterations"),
        batch=str(config.train_dataloader.batch_size * state.gpus),
        gpus=str(state.gpus),
        gpu=machine.gpu,
        torch=machine.torch,
        hours="" if machine.hours is None else f"{machine.hours:.3f}",
        parameters_m=_in_units(profile.get("parameters"), 1e6),
        gflops=_in_units(profile.get("flops"), 1e9),
        checkpoint=state.trained,
        commit=" ".join(state.commits),
        date=datetime.now(timezone.utc).date().isoformat(),
        source="ours",
    )
    return Result(
        run.config,
        run.seed,
        run.options_text,
        measured.numbers,
        measured.per_class,
        measured.conditions | conditions,
    )


def _in_units(value: float | None, unit: float) -> str:
    return "" if value is None else f"{value / unit:.3f}"


def record(result: Result, store: ResultStore) -> None:
    """Add a result to its ``results.csv``, in place of an older result of the same run.

    The file changes in one step or not at all. Every writer below ``store.root`` takes the same
    lock, so commands with different work folders take turns.
    """
    path = store.path(result.config)
    with locked(store.root / ".results.lock"):
        others = [other for other in read_results(path) if other.key != result.key]
        rows = (one.cells() for one in sorted([*others, result], key=lambda one: one.key))
        write_cells(path, COLUMNS, ([cells.get(name, "") for name in COLUMNS] for cells in rows))
