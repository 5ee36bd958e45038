"""Images of one batch with different numbers of queries: padding, and the mask that hides it.

An image's queries attend to each other. Hidden padding leaves them what they are without it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


def pad_queries(chosen: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the queries of all images, and which of them are no padding, both ``(B, Q)``.

    Args:
        chosen: ``(Q_i,)`` indices of each image's queries; padding has index 0.
    """
    return pad_sequence(chosen, batch_first=True), first_of([len(one) for one in chosen], chosen[0])


def first_of(counts: Sequence[int], like: Tensor) -> Tensor:
    """Tell which of ``max(counts)`` places each image fills, ``(B, max)`` on a tensor's device."""
    places = torch.arange(max(counts), device=like.device)
    return places < torch.tensor(counts, device=like.device)[:, None]


def self_attention_mask(valid: Tensor, hidden: Tensor | None, num_heads: int) -> Tensor | None:
    """Return the mask of the decoder's self-attention; True hides a query from another.

    Args:
        valid: ``(B, Q)``, False for padding.
        hidden: ``(Q, Q)`` mask of all images alike, as of the denoising groups; None without one.
        num_heads: Of the attention.

    Returns:
        ``(B * num_heads, Q, Q)``; ``hidden`` itself if there is no padding.
    """
    if valid.all():
        return hidden
    mask = ~valid[:, None, :]
    mask = mask.expand(-1, valid.shape[1], -1) if hidden is None else mask | hidden
    # A query always sees itself: the softmax over nothing is NaN, and spreads.
    itself = torch.eye(valid.shape[1], dtype=torch.bool, device=valid.device)
    return (mask & ~itself).repeat_interleave(num_heads, 0)
