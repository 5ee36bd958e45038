#!/usr/bin/env python
"""How well a density counts crowds: D3Q's maximum of the Gaussians beside their sum.

M objects of 6 to 18 px on 800 x 800 px, scattered over the image, or crowded in a square of twice
their area. The error of the target is that of the map which the head should say. The error of the
head is that of two convolutions and D3Q's head after a short training on other crowds, drawn as
bright rectangles. Both are the mean of |count - M| / M over the images, with the sign of the mean.

    python benchmarks/density.py
    python benchmarks/density.py --images 3 --steps 0 --csv density.csv   # targets alone
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from mmengine.structures import InstanceData
from tables import print_cells, print_heading, write_csv
from torch import Tensor, nn

from tinydet.models.heads import DensityHead
from tinydet.task_modules.density_target import COMBINE, density_target

SIDE, STRIDE = 800, 4  # px
COUNTS = (50, 200, 1000)
LAYOUTS = ("scattered", "crowded")
COLUMNS = ["objects", "layout", "density", "target", "head"]


def crowd(count: int, layout: str, random: torch.Generator) -> Tensor:
    """Return ``(count, 4)`` boxes, x1, y1, x2, y2, px."""
    sides = 6 + 12 * torch.rand(count, 2, generator=random)
    room = SIDE - 20.0
    square = room
    if layout == "crowded":
        square = min(room, (2 * sides.prod(1).sum().item()) ** 0.5)
    corner = 10 + (room - square) * torch.rand(1, 2, generator=random)
    centers = corner + square * torch.rand(count, 2, generator=random)
    return torch.cat([centers - sides / 2, centers + sides / 2], 1).clamp(0, SIDE)


def picture(boxes: Tensor) -> Tensor:
    """Return the boxes as bright rectangles on black, ``(1, 1, SIDE, SIDE)``."""
    image = torch.zeros(1, 1, SIDE, SIDE)
    for x1, y1, x2, y2 in boxes.round().long().tolist():
        image[..., y1:y2, x1:x2] = 1
    return image


def target(boxes: Tensor, combine: str) -> Tensor:
    """Return the density that the head learns, ``(SIDE / STRIDE, SIDE / STRIDE)``."""
    cells = (SIDE // STRIDE,) * 2
    return density_target(boxes, cells, (STRIDE, STRIDE), combine)


class Counter(nn.Module):
    """Two strided convolutions and D3Q's head."""

    def __init__(self, combine: str) -> None:
        super().__init__()
        layers = [nn.Conv2d(1, 32, 5, 2, 2), nn.ReLU(), nn.Conv2d(32, 32, 5, 2, 2), nn.ReLU()]
        self.stem, self.head = nn.Sequential(*layers), DensityHead(32, combine=combine)

    def forward(self, image: Tensor) -> Tensor:
        """Return the logits of the density of an image, ``(H, W)``."""
        features = self.stem(image)
        (density,) = self.head(features.flatten(2).mT, None, features.shape[-2:])
        return density


def trained(combine: str, steps: int) -> nn.Module:
    """Return a small network after a number of images."""
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(1)
    network = Counter(combine)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
    for step in range(steps):
        count = int(30 * 40 ** torch.rand(1, generator=random).item())  # 30 to 1,200
        boxes = crowd(count, LAYOUTS[step % 2], random)
        density = network(picture(boxes))
        loss = network.head.loss([density], [InstanceData(bboxes=boxes)], (STRIDE, STRIDE))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rates.step()
    return network


def error(counts: list[float], expected: int) -> str:
    """Return the mean relative error as a cell, in per cent."""
    relative = torch.tensor(counts) / expected - 1
    return f"{100 * relative.abs().mean() * relative.mean().sign():+.1f} %"


@torch.no_grad()
def rows(images: int, networks: dict[str, nn.Module]) -> list[dict[str, str]]:
    """Measure every number of objects, layout and density."""
    found = []
    for count in COUNTS:
        for layout in LAYOUTS:
            random = torch.Generator().manual_seed(2)
            crowds = [crowd(count, layout, random) for _ in range(images)]
            for combine in COMBINE:
                cells = [str(count), layout, combine]
                cells.append(error([target(one, combine).sum().item() for one in crowds], count))
                network = networks.get(combine)
                said = [network(picture(one)).sigmoid().sum().item() for one in crowds if network]
                cells.append(error(said, count) if said else "")
                print_cells(cells)
                found.append(dict(zip(COLUMNS, cells, strict=True)))
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=5, help="of each crowd (default: 5)")
    parser.add_argument("--steps", type=int, default=300, help="images of the training; 0: none")
    parser.add_argument("--csv", type=Path, help="also write the table here")
    args = parser.parse_args(argv)
    networks = {combine: trained(combine, args.steps) for combine in COMBINE if args.steps}
    print_heading(COLUMNS)
    found = rows(args.images, networks)
    if args.csv:
        write_csv(args.csv, COLUMNS, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
