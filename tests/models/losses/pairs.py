"""Pairs of boxes for the losses."""

import torch


def random_pairs(count=1000):
    """Return predictions and targets ``(count, 4)``, float64, that overlap now and then."""
    generator = torch.Generator().manual_seed(0)
    corner, side = torch.rand(2, 2, count, 2, generator=generator, dtype=torch.float64)
    boxes = torch.cat([60 * corner, 60 * corner + 2 + 60 * side], -1)
    return boxes[0].requires_grad_(), boxes[1]
