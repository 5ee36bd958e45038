"""Losses and AP over the epochs of one or several runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot as plt

from tinydet.errors import InputError

METRICS = ("AP", "AP_50", "AP_vt", "AP_t", "AP_s", "AP_m")


def read_scalars(run: str | Path) -> list[dict]:
    """Return the rows that mmengine logged in a work folder, those of resumed runs in order.

    Raises:
        InputError: There is no log, it is empty, or a line of it is not JSON.
    """
    files = sorted(Path(run).glob("*/vis_data/scalars.json"))
    rows = []
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                raise InputError(f"{file}: line {number} is not JSON") from None
    if not rows:
        raise InputError(
            f"{run} holds no log of a training (looked for {Path(run) / '*/vis_data/scalars.json'})"
        )
    return rows


def losses(rows: Sequence[dict]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return ``{name: (iterations, values)}`` for every logged loss."""
    trained = [row for row in rows if "loss" in row]
    names = sorted({key for row in trained for key in row if key.startswith("loss")})
    curves = {}
    for name in names:
        points = {row["step"]: row[name] for row in trained if name in row}  # a resume repeats some
        steps = sorted(points)
        curves[name] = np.array(steps), np.array([points[step] for step in steps])
    return curves


def metrics(rows: Sequence[dict]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return ``{name: (epochs, per cent)}`` for AP; NaN where a range has no ground truth."""
    tested = {row["step"]: row for row in rows if "aitod/AP" in row}
    epochs = sorted(tested)
    curves = {}
    for name in METRICS:
        values = np.array([tested[epoch].get(f"aitod/{name}", -1) for epoch in epochs], float)
        curves[name] = np.array(epochs), np.where(values < 0, np.nan, 100 * values)
    return curves


def plot_runs(runs: Sequence[str | Path], out: str | Path) -> None:
    """Draw losses left and AP right; several runs differ by line style.

    Args:
        runs: Work folders.
        out: PNG to write.

    Raises:
        InputError: See :func:`read_scalars`.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for run, style in zip(runs, ("-", "--", ":", "-.") * len(runs), strict=False):
        rows = read_scalars(run)
        prefix = f"{Path(run).name} " if len(runs) > 1 else ""
        for index, (name, (steps, values)) in enumerate(losses(rows).items()):
            left.plot(steps, values, style, color=f"C{index}", label=prefix + name, lw=1)
        for index, (name, (epochs, values)) in enumerate(metrics(rows).items()):
            right.plot(epochs, values, style + "o", color=f"C{index}", label=prefix + name, ms=3)
    left.set(xlabel="iteration", ylabel="loss", yscale="log")
    right.set(xlabel="epoch", ylabel="AP, per cent", ylim=(0, None))
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    figure.savefig(out, dpi=100)
    plt.close(figure)
