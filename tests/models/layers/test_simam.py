"""SimAM by hand, against its equation in numpy, and where its map has nothing to compare."""

import numpy as np
import pytest
import torch

from tinydet.models.layers.simam import simam


def test_one_channel_by_hand():
    # mean 2, squares 1, 1, 1, 9, variance 12 / 3 = 4: energies 1/16 + .5 and 9/16 + .5
    values = torch.tensor([1.0, 1.0, 1.0, 5.0], dtype=torch.float64).reshape(1, 1, 2, 2)
    low = torch.tensor(1 / 16 + 0.5, dtype=torch.float64).sigmoid()
    high = 5 * torch.tensor(9 / 16 + 0.5, dtype=torch.float64).sigmoid()
    expected = torch.stack([low, low, low, high]).reshape(1, 1, 2, 2)
    torch.testing.assert_close(simam(values, e_lambda=0.0), expected)


@pytest.mark.parametrize("e_lambda", [1e-4, 3.0])
def test_every_channel_against_the_equation(e_lambda):
    x = np.random.default_rng(0).normal(3.0, 2.0, (2, 3, 5, 4))
    expected = np.empty_like(x)
    for index in np.ndindex(x.shape):
        channel = x[index[:2]]
        energy = (x[index] - channel.mean()) ** 2 / (4 * (channel.var(ddof=1) + e_lambda)) + 0.5
        expected[index] = x[index] / (1 + np.exp(-energy))
    torch.testing.assert_close(simam(torch.from_numpy(x), e_lambda), torch.from_numpy(expected))


@pytest.mark.parametrize("x", [torch.randn(2, 3, 1, 1), torch.full((1, 2, 3, 3), 7.0)])
def test_a_map_without_spread_is_scaled_by_the_constant_alone(x):
    x.requires_grad_()
    y = simam(x)
    torch.testing.assert_close(y, x * torch.tensor(0.5).sigmoid())
    y.sum().backward()
    assert torch.isfinite(x.grad).all()


def test_gradient():
    x = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(simam, (x,))


def test_half_precision_takes_its_statistics_in_float32():
    x = torch.full((1, 1, 64, 64), 300.0)  # 300² overflows fp16
    x[0, 0, 0, 0] = 0.0
    y = simam(x.half())
    assert y.dtype == torch.float16
    torch.testing.assert_close(y.float(), simam(x), rtol=2e-3, atol=0.0)


def test_a_trace_holds_for_other_sizes():
    trace = torch.jit.trace(simam, torch.randn(1, 2, 8, 8))
    x = torch.randn(3, 2, 5, 7)
    torch.testing.assert_close(trace(x), simam(x), rtol=1e-4, atol=1e-5)  # lambda's 1 - 1 / (H W)
