#!/usr/bin/env python
"""Draw losses as functions of the offset and of the size of the prediction.

    python tools/analysis/draw_losses.py
    python tools/analysis/draw_losses.py --losses SIoU "RSIoU(focal=None, alpha=1)" --sizes 4 16

A row an object, a square of --sizes px. Columns: the prediction has the object's size and its
centre is off along an axis, then at 45 degrees, by the same distance in px; it has the object's
centre and another side, then another width alone.

A panel's curve is one call of the loss on pairs with one object. SFL's object is therefore the
smallest, of the greatest weight; a focusing that divides by the mean of the call would depend on
the range of the panel, so give focal_normalize=False, as the defaults do.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # files only; works without a display
import torch
from matplotlib import pyplot as plt
from torch import Tensor

from tinydet.analysis.loss_from_text import loss_from_text
from tinydet.errors import InputError, reported

LOSSES = (
    "IoU",
    "GIoU",
    "CIoU",
    "EIoU",
    "SIoU",
    "RSIoU(focal=None)",
    "RSIoU(focal_normalize=False)",
    "SFL(l1_weight=0)",
    "NWD",
    "KLD",
)
POINTS = 201  # odd, so that the size of the object is one of them
LARGEST = 4  # times the object's side, and its reciprocal the smallest
TITLES = (
    "offset along an axis, px",
    "offset at 45 degrees, px",
    "side / side of the object",
    "width / width of the object",
)

plt.style.use("tableau-colorblind10")


def boxes(offset: Tensor, degrees: float, width: Tensor, height: Tensor) -> Tensor:
    """Return ``(N, 4)`` boxes, centres ``offset`` px from the origin in a direction."""
    angle = math.radians(degrees)
    centre = torch.stack([offset * math.cos(angle), offset * math.sin(angle)], 1)
    half = torch.stack([width, height], 1) / 2
    return torch.cat([centre - half, centre + half], 1)


def curves(text: str, size: float, reach: float) -> list[tuple[Tensor, Tensor]]:
    """Return x and the loss, ``(POINTS,)`` each, of the panels of an object.

    Args:
        text: See :func:`loss_from_text`.
        size: Side of the object, px.
        reach: Greatest offset, px.
    """
    offset = torch.linspace(0, reach, POINTS, dtype=torch.float64)
    ratio = torch.logspace(-1, 1, POINTS, base=LARGEST, dtype=torch.float64)
    still, side = torch.zeros_like(offset), torch.full_like(offset, size)
    target = boxes(still, 0, side, side)
    panels = (
        (offset, boxes(offset, 0, side, side)),
        (offset, boxes(offset, 45, side, side)),
        (ratio, boxes(still, 0, size * ratio, size * ratio)),
        (ratio, boxes(still, 0, size * ratio, side)),
    )
    return [(x, loss_from_text(text)(pred, target)) for x, pred in panels]


def draw(losses: list[str], sizes: list[float], reach: float, file: Path) -> None:
    """Draw a row an object, a column a change of the prediction, a line a loss."""
    figure, grid = plt.subplots(
        len(sizes),
        len(TITLES),
        figsize=(13, 3 * len(sizes)),
        squeeze=False,
        sharey="row",
        layout="constrained",
    )
    for row, size in zip(grid, sizes, strict=True):
        for line, text in enumerate(losses):
            for axes, (x, value) in zip(row, curves(text, size, reach), strict=True):
                style = ("-", "--", ":")[line % 3]
                axes.plot(x, value, style, color=f"C{line % 10}", lw=1.6, label=text)
        for axes, title in zip(row, TITLES, strict=True):
            axes.set_xlabel(title, fontsize=9)
            axes.set_ylim(0, 2.5)
            axes.grid(alpha=0.3)
            axes.tick_params(labelsize=8)
        for axes in row[2:]:
            axes.set_xscale("log", base=2)
        row[0].set_ylabel(f"loss, object of {size:g} px", fontsize=9)
    handles = grid[0, 0].lines
    figure.legend(handles, losses, loc="outside upper center", ncols=5, fontsize=9)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=85)
    plt.close(figure)


@reported
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--losses", nargs="+", default=list(LOSSES), metavar="LOSS")
    parser.add_argument("--sizes", nargs="+", type=float, default=[8, 32], help="px")
    parser.add_argument("--reach", type=float, default=24, help="greatest offset, px")
    parser.add_argument("--out", type=Path, default=Path("losses.png"))
    args = parser.parse_args(argv)
    if min(*args.sizes, args.reach) <= 0:
        raise InputError(f"--sizes {args.sizes} and --reach {args.reach} must be above 0")
    draw(args.losses, args.sizes, args.reach, args.out)
    print(f"{len(args.losses)} losses drawn in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
