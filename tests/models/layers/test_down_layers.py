"""AConv, ADown and SCDown against their definitions, written out."""

import pytest
import torch
from torch.nn import functional as F

from tinydet.models.layers import AConv, ADown, SCDown

SHAPE = (2, 6, 12, 20)


def mean_of_four(x):
    return (x[..., :-1, :-1] + x[..., 1:, :-1] + x[..., :-1, 1:] + x[..., 1:, 1:]) / 4


def convolved(module, x, stride=1):
    """Return a normalized convolution with SiLU, from the weights in prediction."""
    conv, norm = module.conv, module.norm
    x = F.conv2d(x, conv.weight, None, stride, conv.padding, 1, conv.groups)
    x = (x - norm.running_mean[:, None, None]) / (norm.running_var[:, None, None] + norm.eps).sqrt()
    return x * x.sigmoid() if module.with_activation else x


@pytest.fixture
def image():
    return torch.rand(SHAPE, dtype=torch.float64)


def test_aconv(image):
    layer = AConv(6, 10).double().eval()
    output = layer(image)
    assert output.shape == (2, 10, 6, 10)
    torch.testing.assert_close(output, convolved(layer.conv, mean_of_four(image), stride=2))


def test_adown(image):
    layer = ADown(6, 10).double().eval()
    strided, pooled = mean_of_four(image).split(3, 1)
    pooled = (
        F.pad(pooled, (1, 1, 1, 1), value=-torch.inf).unfold(2, 3, 2).unfold(3, 3, 2).amax((-1, -2))
    )
    expected = [convolved(layer.strided, strided, 2), convolved(layer.pooled, pooled)]
    output = layer(image)
    assert output.shape == (2, 10, 6, 10)
    torch.testing.assert_close(output, torch.cat(expected, 1))


def test_adown_needs_two_halves():
    with pytest.raises(ValueError, match="in_channels=5 and out_channels=10 must be even"):
        ADown(5, 10)


def test_scdown(image):
    layer = SCDown(6, 10).double().eval()
    output = layer(image)
    assert output.shape == (2, 10, 6, 10)
    expected = convolved(layer.depthwise, convolved(layer.pointwise, image), stride=2)
    torch.testing.assert_close(output, expected)


def test_scdown_costs_a_ninth_of_a_strided_3x3():
    channels = 64
    weights = sum(p.numel() for p in SCDown(channels, 2 * channels, norm_cfg=None).parameters())
    biases = 2 * (2 * channels)  # without a norm each convolution has a bias
    assert weights - biases == 2 * channels**2 + 9 * (2 * channels)
