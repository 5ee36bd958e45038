"""Task token selection of Trans R-CNN: half of a region's tokens for the class, half for the box.

Paper: A DeNoising FPN With Transformer R-CNN for Tiny Object Detection, arXiv:2406.05755. The class
and the box token attend to the region's tokens. A token belongs to the task that attends to it
more, the first place to the token with the most attention of both.

In the authors' code (hoiliu-0801/DNTR) each task gets the other's tokens, a loop over them runs on
the CPU, and a second part of the block (norm and MLP) is built and never called; ours has none.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from tinydet.models.layers.task_attention import TaskAttention


class TokenSelection(BaseModule):
    """Attend, and give each task its token and its half of the others.

    Args:
        channels: Channels of the tokens.
        num_heads: Heads of the attention.
        as_published: Give each task the other's tokens, and use the mask of
            :class:`tinydet.models.layers.task_attention.TaskAttention`.

    Shape:
        - input: ``(N, 2 + T, channels)``, class, box and others
        - output: two of ``(N, 1 + T // 2, channels)``, for the class and for the box
    """

    def __init__(self, channels: int, num_heads: int = 8, as_published: bool = False) -> None:
        super().__init__()
        self.as_published = as_published
        self.norm = nn.LayerNorm(channels)
        self.qkv = nn.Linear(channels, 3 * channels, bias=False)
        scale = (channels // num_heads) ** -0.5
        self.attention = TaskAttention(channels, num_heads, scale, as_published)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        seen, weights = self.attention(self.qkv(self.norm(tokens)))
        tokens = tokens + seen
        of_class, of_box = weights[:, :, :2, 2:].mean(1).unbind(1)  # (N, T) each
        order = ranked(of_box, of_class) if self.as_published else ranked(of_class, of_box)
        others = tokens[:, 2:].gather(1, order[..., None].expand(-1, -1, tokens.shape[2]))
        half = others.shape[1] // 2
        return (
            torch.cat([tokens[:, :1], others[:, :half]], 1),
            torch.cat([tokens[:, 1:2], others[:, -half:]], 1),
        )


def ranked(first: Tensor, last: Tensor) -> Tensor:
    """Return the order of tokens from the strongest of one task to the strongest of the other.

    Args:
        first: ``(N, T)`` attention of the task whose tokens come first.
        last: ``(N, T)`` attention of the other; its tokens come last, the strongest at the end.

    Returns:
        ``(N, T)`` indices; every token once.
    """
    both = first + last
    return torch.where(first > last, both, -both).argsort(1, descending=True)
