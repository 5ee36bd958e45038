"""FIM against its definition, on an ``H`` that is really enlarged, pixel by pixel in numpy."""

import numpy as np
import pytest
import torch
from torch import nn

from tinydet.models.layers.fim import FIM


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def numbers(layer):
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def dense_1x1(x, weight, bias, groups=1):
    """Return ``weight @ x + bias`` for ``(K, ...)``, the channels in ``groups`` blocks."""
    blocks = zip(np.split(weight[..., 0, 0], groups), np.split(x, groups), strict=True)
    parts = [np.tensordot(own, part, 1) for own, part in blocks]
    return np.concatenate(parts) + bias.reshape(-1, *[1] * (x.ndim - 1))


def definition(layer, fine, coarse):
    """Gate one image, ``(C, H, W)`` by ``(K, h, w)``, as the header of ``fim.py`` writes it."""
    small = dense_1x1(coarse, *numbers(layer.project), layer.project.groups)
    height, width = fine.shape[1:]
    rows, columns = np.arange(height) // 2, np.arange(width) // 2
    enlarged = small[:, rows][:, :, columns]  # (C, H, W)

    def mlp(statistic):
        hidden = np.maximum(dense_1x1(statistic, *numbers(layer.channel_gate[0])), 0)
        return dense_1x1(hidden, *numbers(layer.channel_gate[2]))

    by_channel = sigmoid(mlp(small.mean((1, 2))) + mlp(enlarged.max((1, 2))))
    stack = np.stack([enlarged.mean(0), enlarged.max(0), fine.mean(0), fine.max(0)])
    padded = np.pad(stack, ((0, 0), (3, 3), (3, 3)))
    weight, bias = numbers(layer.spatial_gate)
    out = np.empty_like(fine)
    for y in range(height):
        for x in range(width):
            by_position = sigmoid((weight[0] * padded[:, y : y + 7, x : x + 7]).sum() + bias[0])
            out[:, y, x] = fine[:, y, x] * by_channel * by_position
    if height % 2 == width % 2 == 0:  # then the mean over the small map is the mean over H
        np.testing.assert_allclose(small.mean((1, 2)), enlarged.mean((1, 2)))
    return out


@pytest.mark.parametrize(("height", "width"), [(8, 6), (7, 9), (6, 5), (1, 1)])
@pytest.mark.parametrize("groups", [1, 2])
def test_gates_against_the_definition(height, width, groups):
    torch.manual_seed(0)
    layer = FIM(6, 8, groups=groups).double()
    fine = torch.randn(2, 6, height, width, dtype=torch.float64)
    coarse = torch.randn(2, 8, -(-height // 2), -(-width // 2), dtype=torch.float64)
    expected = [definition(layer, *pair) for pair in zip(fine.numpy(), coarse.numpy(), strict=True)]
    torch.testing.assert_close(layer(fine, coarse).detach(), torch.from_numpy(np.stack(expected)))


def test_gates_without_weights_halve_twice():
    layer = FIM(2, 2)
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    fine = torch.randn(1, 2, 4, 4)
    torch.testing.assert_close(layer(fine, torch.randn(1, 2, 2, 2)), fine / 4)


def test_the_channel_gate_opens_for_a_channel_that_means_something_above():
    layer = FIM(2, 2, groups=1)
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    layer.project.weight.data[:, :, 0, 0] = torch.eye(2)
    layer.channel_gate[0].weight.data[:2, :, 0, 0] = torch.eye(2)
    layer.channel_gate[2].weight.data[:, :2, 0, 0] = torch.eye(2)
    coarse = torch.zeros(1, 2, 2, 2)
    coarse[0, 1, 0, 0] = 4.0  # mean 1, maximum 4
    ones = torch.ones(1, 2, 4, 4)
    gates = layer(ones, coarse)[0, :, 0, 0] / 0.5  # the gate by position is sigmoid(0)
    torch.testing.assert_close(gates, torch.tensor([0.0, 1.0 + 4.0]).sigmoid())


def test_groups_are_lowered_to_what_divides_both_channels():
    assert FIM(6, 8, groups=4).project.groups == 2
    assert FIM(3, 8).project.groups == 1


def test_gradient():
    layer = FIM(2, 4).double()
    fine = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    coarse = torch.randn(1, 4, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (fine, coarse))
