"""Relative position bias between the tokens of nested windows of several pyramid levels.

Paper: CFPT, arXiv:2407.19696, cross-layer consistent relative positional encoding. The windows of
all levels cover the same extent, so that the tokens of a level with fewer tokens lie at fractions
of the finest level's steps: the bias is interpolated from the finest level's table.

The public code (duzw9311/CFPT) has two faults. It interpolates linearly in the flattened table at
``row * columns + column``: half a row there is half a row of columns, and the bias that it reads
belongs to other offsets. And it adds the bias of a level to the level's queries, where the softmax
over the keys cancels it, so that this bias neither acts nor learns. Ours interpolates bilinearly
and adds the bias of a level to the level's keys.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CrossLayerBias(nn.Module):
    """The bias of each pair of tokens of a window.

    Args:
        sides: Tokens along the side of a level's window, fine to coarse.
        dimensions: 2 for square windows of positions, 1 for windows of channels.
        num_heads: Heads, each with its own table.
        as_published: Repeat the faults of the public code.

    Shape:
        - output: ``(num_heads, 1, N, N)``, queries before keys, ``N`` tokens of all levels
    """

    def __init__(
        self,
        sides: Sequence[int],
        dimensions: int,
        num_heads: int = 4,
        as_published: bool = False,
    ) -> None:
        super().__init__()
        steps = 2 * sides[0] - 1  # offsets along a side of the finest window
        self.table = nn.Parameter(torch.empty(1, num_heads, steps ** (dimensions - 1), steps))
        nn.init.trunc_normal_(self.table, std=0.02)
        self.level_bias = nn.Parameter(torch.zeros(num_heads, len(sides)))
        self.tokens = [side**dimensions for side in sides]
        self.as_published = as_published
        self.flat = as_published and dimensions == 2
        grid = _places(sides, dimensions)
        if self.flat:
            grid = _in_flattened(grid, steps)
        self.register_buffer("grid", grid[None], persistent=False)

    def forward(self) -> Tensor:
        table = self.table.flatten(2).unsqueeze(2) if self.flat else self.table
        bias = F.grid_sample(table, self.grid, align_corners=True)[0]  # (num_heads, N, N)
        levels = [
            level.expand(-1, count)
            for level, count in zip(self.level_bias.split(1, 1), self.tokens, strict=True)
        ]
        levels = torch.cat(levels, 1).unsqueeze(-1 if self.as_published else -2)
        return (bias + levels).unsqueeze(1)


def _places(sides: Sequence[int], dimensions: int) -> Tensor:
    """Return where in the table each pair of tokens lies, ``(N, N, 2)``, x before y, -1 to 1."""
    extent = sides[0]
    tokens = []
    for side in sides:
        line = (torch.arange(side) - side // 2) * (extent / side)
        axes = torch.meshgrid(*[line] * dimensions, indexing="ij")
        tokens.append(torch.stack(axes[::-1], -1).reshape(-1, dimensions))
    tokens = torch.cat(tokens)
    offsets = (tokens[:, None] - tokens[None]) / max(extent - 1, 1)
    return F.pad(offsets, (0, 2 - dimensions))


def _in_flattened(grid: Tensor, steps: int) -> Tensor:
    """Return the places of the public code in a table of one line, ``(N, N, 2)``."""
    column, row = ((grid + 1) * (steps - 1) / 2).unbind(-1)
    place = (row * steps + column) / (steps**2 - 1) * 2 - 1
    return torch.stack([place, torch.zeros_like(place)], -1)
