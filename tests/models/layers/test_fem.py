"""FEM is a convolution of low rank that starts at zero, and stays there until it learns."""

import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from tinydet.models.layers.fem import FEM


@pytest.mark.parametrize("norm_cfg", [dict(type="BN"), dict(type="GN", num_groups=2)])
def test_it_starts_at_zero_and_learns(norm_cfg):
    layer = FEM(4, norm_cfg)
    x = torch.randn(2, 4, 5, 5)
    assert not layer(x).any()
    (layer(x) - 1).square().sum().backward()
    assert layer.norm.bias.grad.all()
    assert layer.norm.weight.grad.any()


def test_an_init_cfg_of_the_detector_does_not_undo_the_zero():
    class Host(BaseModule):
        def __init__(self):
            super().__init__(
                [
                    dict(type="Kaiming", layer="Conv2d"),
                    dict(type="Constant", layer="BatchNorm2d", val=1),
                ]
            )
            self.layer = FEM(4)
            self.own = nn.BatchNorm2d(4)

    host = Host()
    host.layer.norm.weight.data.fill_(9.0)
    host.init_weights()
    assert host.own.weight.tolist() == [1.0] * 4
    assert host.layer.norm.weight.tolist() == [0.0] * 4
    assert host.layer.norm.bias.tolist() == [0.0] * 4


def test_it_is_a_3x3_convolution_of_rank_one_per_pair_of_channels():
    layer = FEM(3).double().eval()
    nn.init.ones_(layer.norm.weight)
    # weight[o, i] = pointwise[o, i] * depthwise[i]; the untrained norm divides by sqrt(1 + eps)
    dense = layer.pointwise.weight * layer.depthwise.weight[:, 0]
    x = torch.randn(2, 3, 6, 5, dtype=torch.float64)
    expected = nn.functional.conv2d(x, dense, padding=1) / (1 + layer.norm.eps) ** 0.5
    torch.testing.assert_close(layer(x), expected)


def test_without_a_norm_there_is_nothing_to_start_at_zero():
    with pytest.raises(ValueError, match="norm_cfg"):
        FEM(4, norm_cfg=None)
