"""Shuffle unfolding of Trans R-CNN: a region becomes tokens of overlapping, shuffled patches.

Paper: A DeNoising FPN With Transformer R-CNN for Tiny Object Detection, arXiv:2406.05755; sizes as
in the authors' code (hoiliu-0801/DNTR), which builds on T2T-ViT (arXiv:2101.11986). A region of
7x7 cells is unfolded to 16 patches of 3x3 cells, which a normalization and a linear layer turn into
queries, keys and values of 100 channels. So do three copies whose cells are shuffled alike in all
patches. The 64 tokens and the two of the tasks attend to each other; laid out as 8x8, the 64 are
unfolded again to 16 patches of 3x3 tokens.

In the authors' code the task tokens are in plain Python lists: never trained and never saved. Its
present version unfolds the second time by stride 1, to 64 tokens, which the selection after it
cannot hold; the first version and all its comments say 16, as here.
Ours: the linear layer's weights are shuffled in place of the cells, a quarter of the memory; the
affine part of the normalization is that of the linear layer; a prediction shuffles always alike,
where the authors' differs from run to run.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.models.layers.task_attention import TaskAttention

CELLS = 3 * 3  # of a patch
COPIES = 4  # a square number: the copies' tokens are laid out with twice the side


class ShuffleUnfolding(BaseModule):
    """Encode a region as a class token, a box token and tokens of patches.

    Args:
        in_channels: Channels of the region.
        token_channels: Channels of the tokens between the two unfoldings.
        embed_dims: Channels of the output.
        as_published: Task tokens of 0 that are not trained, and the mask of
            :class:`tinydet.models.layers.task_attention.TaskAttention`.

    Shape:
        - input: ``(N, in_channels, S, S)``
        - output: ``(N, 2 + T, embed_dims)``, class, box and ``T = ceil(S / 2) ** 2`` patches
    """

    def __init__(
        self,
        in_channels: int,
        token_channels: int = 100,
        embed_dims: int = 128,
        as_published: bool = False,
    ) -> None:
        super().__init__()
        patch = CELLS * in_channels
        # One row a task, first the class.
        self.task_tokens = nn.Parameter(torch.zeros(2, patch), requires_grad=not as_published)
        if not as_published:
            nn.init.trunc_normal_(self.task_tokens, std=0.02)
        self.qkv = nn.Linear(patch, 3 * token_channels)
        self.attention = TaskAttention(  # T2T-ViT's scale, by the channels before the layer
            token_channels, scale=patch**-0.5, as_published=as_published
        )
        self.mlp = nn.Sequential(
            nn.LayerNorm(token_channels),
            nn.Linear(token_channels, token_channels),
            nn.GELU(),
            nn.Linear(token_channels, token_channels),
        )
        self.task_projections = nn.ModuleList(
            nn.Linear(token_channels, CELLS * token_channels) for _ in range(2)
        )
        self.project = nn.Linear(CELLS * token_channels, embed_dims)
        fixed = torch.Generator().manual_seed(0)
        self.register_buffer("orders", shuffled(fixed), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        side = (x.shape[2] + 1) // 2
        qkv = self._embed(x)
        values = qkv.chunk(3, -1)[2]
        tokens = values + self.attention(qkv)[0]
        tokens = tokens + self.mlp(tokens)
        tasks = [layer(tokens[:, i]) for i, layer in enumerate(self.task_projections)]
        grid = tokens[:, 2:].transpose(1, 2).unflatten(2, (2 * side, 2 * side))
        patches = F.unfold(grid, 3, padding=1, stride=2).transpose(1, 2)
        return self.project(torch.cat([torch.stack(tasks, 1), patches], 1))

    def _embed(self, x: Tensor) -> Tensor:
        """Return queries, keys and values of all tokens, ``(N, 2 + 4 T, 3 * token_channels)``."""
        orders = shuffled().to(x.device) if self.training else self.orders
        patches = F.unfold(x, 3, padding=1, stride=2).transpose(1, 2)  # (N, T, C * 9)
        # Row by row, order[i] is the cell that comes to place i, so the weight of i is the cell's.
        cells = self.qkv.weight.unflatten(1, (-1, CELLS))[..., orders.argsort(1)]
        weight = cells.permute(2, 0, 1, 3).reshape(COPIES * len(self.qkv.bias), -1)
        copies = F.linear(normalized(patches), weight, self.qkv.bias.repeat(COPIES))
        copies = copies.unflatten(2, (COPIES, -1)).transpose(1, 2).flatten(1, 2)
        tasks = self.qkv(normalized(self.task_tokens)).to(copies).expand(len(x), -1, -1)
        return torch.cat([tasks, copies], 1)


def shuffled(generator: torch.Generator | None = None) -> Tensor:
    """Return the order of a patch's cells in each copy, ``(4, 9)``; the first stays as it is."""
    others = [torch.randperm(CELLS, generator=generator) for _ in range(COPIES - 1)]
    return torch.stack([torch.arange(CELLS), *others])


def normalized(patches: Tensor) -> Tensor:
    """Return patches of mean 0 and variance 1, ``(..., C * 9)``."""
    return F.layer_norm(patches, patches.shape[-1:])
