"""Self-attention of a class token, a box token and the tokens of a region.

Paper: A DeNoising FPN With Transformer R-CNN for Tiny Object Detection, arXiv:2406.05755 (mask
transformer encoder): the two task tokens do not see each other.

In the authors' code (hoiliu-0801/DNTR) the mask writes 0 over their two logits before the softmax,
which is a weight like any other.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn


class TaskAttention(BaseModule):
    """Attention in which tokens 0 and 1, class and box, are hidden from each other.

    Args:
        channels: Of the output, and of queries, keys and values each.
        num_heads: Number of heads, a divisor of ``channels``.
        scale: Factor of the logits.
        as_published: Write 0 over the two logits in place of minus infinity.

    Shape:
        - input: ``(N, T, 3 * channels)``
        - output: ``(N, T, channels)`` and weights ``(N, num_heads, T, T)``, whose rows sum to 1
    """

    def __init__(
        self, channels: int, num_heads: int = 1, scale: float = 1.0, as_published: bool = False
    ) -> None:
        super().__init__()
        self.num_heads, self.scale = num_heads, scale
        self.hidden = 0.0 if as_published else -torch.inf
        self.proj = nn.Linear(channels, channels)

    def forward(self, qkv: Tensor) -> tuple[Tensor, Tensor]:
        query, key, value = qkv.unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        logits = (self.scale * query) @ key.transpose(-2, -1)
        apart = torch.zeros(logits.shape[-2:], dtype=torch.bool, device=logits.device)
        apart[0, 1] = apart[1, 0] = True
        weights = logits.masked_fill(apart, self.hidden).softmax(-1)
        return self.proj((weights @ value).transpose(1, 2).flatten(2)), weights
