#!/usr/bin/env python
"""How box losses move boxes: gradient descent on boxes alone, without a network or a data set.

    python tools/analysis/simulate_regression.py
    python tools/analysis/simulate_regression.py --losses IoU RSIoU "RSIoU(focal=None, alpha=1)"
    python tools/analysis/simulate_regression.py --strides 8 8 8 8 --offset 4

As many objects of 2-8, 8-16, 16-32 and 32-64 px, sides 1:4 to 4:1. Boxes start with their centre up
to --offset px off, whatever the size, and with half to twice the sides. A box moves by
-rate * decay * (2 - IoU) * gradient, the rule of the simulation of DIoU (arXiv:1911.08287), for
every loss; decay is 1, then 0.1 from 80 % of the steps on, then 0.01 from 90 %. The gradient is by
what a head predicts: the centre in strides of the level that the size belongs to, the logarithms
of the sides.

The gradients of the losses differ in scale a hundredfold, so each loss has the rate that suits it:
out of 0.001 to 1 in fifths of a decade the one with the greatest mean IoU over all steps, the sizes
counting alike. It is the same for all sizes, as in a detector. --rate gives one to all losses.

All boxes of all sizes make one call, as in a detector's batch: that is what the focusing factors of
RSIoU have a mean of 1 over, and what SFL's areas are normalised over. What a network shares between
objects is left out: a loss that weighs some objects more only moves them faster here.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # files only; works without a display
from matplotlib import pyplot as plt

from tinydet.analysis.loss_from_text import loss_from_text
from tinydet.analysis.regression import SIZES, STRIDES, Problem, Run, make_problem, regress
from tinydet.errors import InputError, reported

LOSSES = ("IoU", "GIoU", "CIoU", "EIoU", "SIoU", "RSIoU", "SFL", "NWD")
RATES = tuple(10 ** (fifth / 5) for fifth in range(-15, 1))
GOOD = 0.75  # the mean IoU of the column "steps"
Runs = dict[str, tuple[float, Run]]

# Okabe and Ito's colours, which colour-blind readers can tell apart, without the pale yellow.
COLORS = ["#999999", "#56B4E9", "#009E73", "#000000", "#0072B2", "#D55E00", "#CC79A7", "#E69F00"]


def best_run(
    text: str, problem: Problem, rates: tuple[float, ...], steps: int
) -> tuple[float, Run]:
    """Return the rate and the run with the greatest mean IoU over all steps and sizes."""
    runs = {rate: regress(loss_from_text(text), problem, rate, steps) for rate in rates}
    best = max(runs, key=lambda rate: runs[rate].iou.mean().item())
    if len(rates) > 1 and best in (rates[0], rates[-1]):
        print(f"warning: {text} may want a rate beyond {best:g}; see --rate", file=sys.stderr)
    return best, runs[best]


def table(runs: Runs) -> str:
    """Return a Markdown table: steps to a good mean IoU, last mean IoU and distance, by size."""
    names = [f"{low}-{high} px" for low, high in SIZES]
    lines = ["| loss | rate | " + " | ".join(names) + " |", "|---" * (2 + len(SIZES)) + "|"]
    for text, (rate, run) in runs.items():
        cells = []
        for iou, distance in zip(run.iou.T, run.distance.T, strict=True):
            reached = (iou >= GOOD).nonzero()
            steps = int(reached[0]) if len(reached) else "-"
            cells.append(f"{steps} / {iou[-1]:.3f} / {distance[-1]:.2f}")
        lines.append(f"| {text} | {rate:.2g} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write_csv(runs: Runs, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["loss", "rate", "size_px", "step", "mean_iou", "mean_distance_px"])
        for text, (rate, run) in runs.items():
            for (low, high), *curves in zip(SIZES, run.iou.T, run.distance.T, strict=True):
                for step, values in enumerate(zip(*curves, strict=True)):
                    means = (f"{value:.5f}" for value in values)
                    writer.writerow([text, f"{rate:.4g}", f"{low}-{high}", step, *means])


def draw(runs: Runs, file: Path) -> None:
    """Draw a column a size: mean IoU above, mean distance of the centres below."""
    figure, grid = plt.subplots(
        2, len(SIZES), figsize=(11, 5.2), sharex=True, sharey="row", layout="constrained"
    )
    for index, (low, high) in enumerate(SIZES):
        for line, (_, run) in enumerate(runs.values()):
            style = dict(color=COLORS[line % 8], ls=("-", "--")[line // 8 % 2], lw=1.5)
            grid[0, index].plot(run.iou[:, index], **style)
            grid[1, index].semilogy(run.distance[:, index], **style)
        grid[0, index].set_title(f"objects of {low}-{high} px", fontsize=10)
        grid[1, index].set_xlabel("step", fontsize=9)
    grid[0, 0].set(ylim=(0, 1), ylabel="mean IoU")
    grid[1, 0].set(ylim=(1e-3, None), ylabel="mean distance of centres, px")
    for axes in grid.flat:
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    labels = [f"{text}, rate {rate:.2g}" for text, (rate, _) in runs.items()]
    figure.legend(grid[0, 0].lines, labels, loc="outside upper center", ncols=4, fontsize=9)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=85)
    plt.close(figure)


@reported
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--losses", nargs="+", default=list(LOSSES), metavar="LOSS")
    parser.add_argument("--rate", type=float, help="one for all losses in place of each one's best")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--count", type=int, default=128, help="boxes a size")
    parser.add_argument("--offset", type=float, default=8, help="farthest start of a centre, px")
    parser.add_argument("--strides", type=float, nargs=len(SIZES), default=STRIDES, help="px")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("regression.png"))
    parser.add_argument("--csv", type=Path, default=Path("regression.csv"))
    args = parser.parse_args(argv)
    for name in ("rate", "steps", "count", "offset", "strides"):
        value = getattr(args, name)
        if value is not None and not min(value if name == "strides" else [value]) > 0:
            raise InputError(f"--{name} {value} must be above 0")
    for text in args.losses:
        loss_from_text(text)  # a misspelt one is told before the others have run

    problem = make_problem(args.count, args.offset, args.strides, args.seed)
    rates = RATES if args.rate is None else (args.rate,)
    runs = {text: best_run(text, problem, rates, args.steps) for text in args.losses}
    print(f"steps to a mean IoU of {GOOD} / last mean IoU / last distance of centres, px\n")
    print(table(runs))
    draw(runs, args.out)
    write_csv(runs, args.csv)
    print(f"\ncurves of {len(runs)} losses written to {args.out} and {args.csv}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
