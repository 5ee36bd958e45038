"""Losses and AP over the training of one or several runs, from the logs that mmengine writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # files only; works without a display
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import LogFormatter, MaxNLocator

from tinydet.errors import InputError

METRICS = ("AP", "AP_50", "AP_vt", "AP_t", "AP_s", "AP_m")
Curves = dict[str, tuple[np.ndarray, np.ndarray]]

plt.style.use("tableau-colorblind10")


def read_scalars(run: str | Path) -> list[dict]:
    """Return the rows that mmengine logged in a work folder.

    A folder holds a log for each start. One that begins as early as what is there began anew and
    replaces it; a resumed one replaces the steps that it repeats.

    Raises:
        InputError: There is no log, it is empty, or a line of it is not JSON.
    """
    rows: list[dict] = []
    for file in sorted(Path(run).glob("*/vis_data/scalars.json")):
        new = _read_lines(file)
        trained, tested = _first_step(new, "loss"), _first_step(new, "aitod/AP")
        if trained <= _first_step(rows, "loss"):
            rows = []
        rows = [row for row in rows if row["step"] < (trained if "loss" in row else tested)] + new
    if not rows:
        raise InputError(
            f"{run} holds no log of a training (looked for {Path(run) / '*/vis_data/scalars.json'})"
        )
    return rows


def _read_lines(file: Path) -> list[dict]:
    """Return the rows of one log that have a step; a line that is being written is left out."""
    rows = []
    text = file.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            if line.endswith("\n"):
                raise InputError(f"{file}: line {number} is not JSON") from None
    return [row for row in rows if "step" in row]


def _first_step(rows: Sequence[dict], key: str) -> float:
    return min((row["step"] for row in rows if key in row), default=np.inf)


def losses(rows: Sequence[dict]) -> Curves:
    """Return ``{name: (iterations, values)}`` for every logged loss, their sum first.

    ``val_loss``, where it was logged, stands at the last logged iteration of its epoch.
    """
    trained = [row for row in rows if "loss" in row]
    names = sorted({key for row in trained for key in row if key.startswith("loss")})
    curves = {}
    for name in names:
        points = [(row["step"], row[name]) for row in trained if name in row]
        curves[name] = tuple(np.array(points, float).T)
    ends = {row.get("epoch"): row["step"] for row in trained}
    points = [(ends.get(row["step"]), row["val_loss"]) for row in rows if "val_loss" in row]
    if points:
        curves["val_loss"] = tuple(np.array(points, float).T)
    return curves


def metrics(rows: Sequence[dict]) -> Curves:
    """Return ``{name: (epochs, per cent)}`` for AP; NaN where a range has no ground truth."""
    tested = [row for row in rows if "aitod/AP" in row]
    epochs = np.array([row["step"] for row in tested], float)
    curves = {}
    for name in METRICS if tested else ():
        values = np.array([row.get(f"aitod/{name}", -1) for row in tested], float)
        curves[name] = epochs, np.where(values < 0, np.nan, 100 * values)
    return curves


def plot_runs(runs: Sequence[str | Path], out: str | Path) -> None:
    """Draw one run as two panels, losses and AP; several as a panel a quantity, a line a run.

    Args:
        runs: Work folders.
        out: PNG to write; its folder is made.

    Raises:
        InputError: See :func:`read_scalars`.
    """
    logs = {str(run): read_scalars(run) for run in runs}
    figure = _several_runs(logs) if len(logs) > 1 else _one_run(*logs.values())
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=100)
    plt.close(figure)


def _one_run(rows: Sequence[dict]) -> plt.Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for name, (steps, values) in losses(rows).items():
        style = "o--" if name == "val_loss" else "-"
        left.plot(steps, values, style, ms=4, label=name, lw=1.8 if name == "loss" else 1)
    for name, (epochs, values) in metrics(rows).items():
        label = name if np.isfinite(values).any() else f"{name} (no ground truth)"
        right.plot(epochs, values, "o-", label=label, ms=4, lw=2 if name == "AP" else 1.2)
    _finish(left, "iteration", "loss", logarithmic=True)
    _finish(right, "epoch", "AP, per cent")
    for axes in (left, right):
        if axes.lines:
            axes.legend(fontsize=8)
    return figure


def _several_runs(logs: dict[str, list[dict]]) -> plt.Figure:
    """Small panels with the same run in the same color: overlaid, 6 metrics x 3 runs mislead."""
    lost = {run: losses(rows) for run, rows in logs.items()}
    tested = {run: metrics(rows) for run, rows in logs.items()}
    loss_names = list(dict.fromkeys(name for curves in lost.values() for name in curves))
    panels = [(name, lost) for name in loss_names] + [(name, tested) for name in METRICS]
    columns = 4
    rows = -(-len(panels) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(13, 2.6 * rows), layout="constrained")
    for axes, (name, curves) in zip(grid.flat, panels, strict=False):
        for index, of_run in enumerate(curves.values()):
            if name in of_run:
                axes.plot(*of_run[name], "-" if curves is lost else "o-", ms=3, color=f"C{index}")
        axes.set_title(name, fontsize=9)
        is_loss = curves is lost
        _finish(axes, "iteration" if is_loss else "epoch", "" if is_loss else "per cent", is_loss)
    for axes in list(grid.flat)[len(panels) :]:
        axes.axis("off")
    handles = [plt.Line2D([], [], color=f"C{index}", lw=2) for index in range(len(logs))]
    figure.legend(handles, list(logs), loc="outside upper left", fontsize=9, ncols=3)
    return figure


def _finish(axes: Axes, x: str, y: str, logarithmic: bool = False) -> None:
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3, which="both" if logarithmic else "major")
    if logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(LogFormatter())  # 60, not 6 x 10^1
        axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.7)))
        axes.tick_params(which="both", labelsize=8)
    else:
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
