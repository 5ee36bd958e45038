"""What is written down of a finished run: its numbers and all that they were measured under."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from mmengine.config import Config

from tinydet.runs.measured import Measured, main_evaluator
from tinydet.runs.plan import Run
from tinydet.runs.provenance import read_logs
from tinydet.runs.training_state import TrainingState, newest_checkpoint
from tinydet.tables.results import Result


def result_of(
    run: Run, config: Config, folder: Path, state: TrainingState, measured: Measured, card: dict
) -> Result:
    """Return the result of a run.

    Args:
        run: What was asked for.
        config: Its config.
        folder: Its work folder, with the logs of the training and the checkpoints.
        state: Of the training.
        measured: Numbers of the test.
        card: What ``tools/analysis/complexity.py`` wrote; empty where it failed.
    """
    machine = read_logs(folder)
    evaluator, _ = main_evaluator(config)
    loop = config.train_cfg
    conditions = dict(
        data=run.row.data,
        split=run.row.split,
        ann_file=Path(evaluator.get("ann_file") or "").name,
        input="x".join(map(str, card.get("size", ()))),
        epochs=str(loop.get("max_epochs") or f"{loop.get('max_iters')} iterations"),
        batch=str(config.train_dataloader.batch_size * state.gpus),
        gpus=str(state.gpus),
        gpu=machine.gpu,
        torch=machine.torch,
        hours="" if machine.hours is None else f"{machine.hours:.3f}",
        parameters_m=_in_units(card.get("parameters"), 1e6),
        gflops=_in_units(card.get("flops"), 1e9),
        checkpoint=newest_checkpoint(folder).name,
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
