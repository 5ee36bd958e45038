"""SR-TOD's gate by numbers worked out by hand; the threshold that the public code never learns."""

import math

import pytest
import torch

from tinydet.models.layers.difference_gate import SOFTNESS, DifferenceGate, above


def test_a_badly_drawn_position_counts_twice():
    gate = DifferenceGate(2, threshold=4.0)
    for layer in (gate.channel_gate[0], gate.channel_gate[2]):
        torch.nn.init.zeros_(layer.weight), torch.nn.init.zeros_(layer.bias)
    level = torch.tensor([1.0, 2, 3, 4]).reshape(1, 1, 1, 4).repeat(1, 2, 1, 1)
    difference = torch.tensor([0.0, 3.9, 4.0, 4.1]).reshape(1, 1, 1, 4)
    # sigmoid(0) halves every channel; at the threshold itself a position counts one and a half.
    expected = torch.tensor([0.5, 1.0, 1.5 * 1.5, 4.0])
    for as_published in (False, True):
        gate.as_published = as_published
        torch.testing.assert_close(gate(level, difference)[0, 0, 0], expected)


def test_the_nearest_pixel_is_read():
    difference = torch.arange(16.0).reshape(1, 1, 4, 4)
    gate, level = DifferenceGate(3, threshold=8.5), torch.ones(1, 3, 2, 2)
    found = gate(level, difference)
    assert (found[0, 0] / found[0, 0, 0, 0]).tolist() == [[1, 1], [1, 2]]  # pixels 0, 2, 8, 10


@pytest.mark.parametrize("as_published", [False, True])
def test_the_threshold_learns(as_published):
    threshold = torch.tensor(4.0, requires_grad=True)
    difference = torch.tensor([4.0, 8.0, 0.0], requires_grad=True)
    above(difference, threshold, as_published).sum().backward()
    # The derivative of sigmoid((d - t) / 4): a quarter of s (1 - s).
    slope = 1 / (1 + math.exp(-1))
    expected = -(0.25 + 2 * slope * (1 - slope)) / SOFTNESS
    assert (abs(threshold.grad.item() - expected) < 1e-6) != as_published
    assert (threshold.grad.item() == 0) == as_published
    assert difference.grad is None  # a detector's losses do not ask for a bad reconstruction
