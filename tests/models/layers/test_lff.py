"""Which pixel goes where, sizes, and SimAM against its equation in float64."""

import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

from tinydet.models.layers.lff import LFF, space_to_depth
from tinydet.models.layers.simam import simam


def test_phases_in_the_papers_order():
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    phases = space_to_depth(image)
    assert phases[0, 0].tolist() == [[0, 2], [8, 10]]  # even rows, even columns
    assert phases[0, 1].tolist() == [[1, 3], [9, 11]]
    assert phases[0, 2].tolist() == [[4, 6], [12, 14]]
    assert phases[0, 3].tolist() == [[5, 7], [13, 15]]


def test_channels_stay_together_within_a_phase():
    image = torch.stack([torch.zeros(4, 4), torch.ones(4, 4)])[None]
    assert space_to_depth(image)[0, :, 0, 0].tolist() == [0, 1] * 4


def test_odd_sizes_repeat_the_border():
    image = torch.arange(9.0).reshape(1, 1, 3, 3)
    phases = space_to_depth(image)
    assert phases.shape == (1, 4, 2, 2)
    assert phases[0, 3].tolist() == [[4, 5], [7, 8]]  # 5, 7 and 8 stand twice


def test_simam_on_one_channel_by_hand():
    # mean 2, squares 1, 1, 1, 9, variance 12 / 3 = 4: energies 1/16 + .5 and 9/16 + .5
    values = torch.tensor([1.0, 1.0, 1.0, 5.0], dtype=torch.float64).reshape(1, 1, 2, 2)
    low = torch.tensor(1 / 16 + 0.5, dtype=torch.float64).sigmoid()
    high = 5 * torch.tensor(9 / 16 + 0.5, dtype=torch.float64).sigmoid()
    expected = torch.stack([low, low, low, high]).reshape(1, 1, 2, 2)
    torch.testing.assert_close(simam(values, e_lambda=0.0), expected)


def test_simam_of_a_single_pixel_is_finite():
    x = torch.randn(2, 3, 1, 1, requires_grad=True)
    y = simam(x)
    torch.testing.assert_close(y, x * torch.tensor(0.5).sigmoid())
    y.sum().backward()
    assert torch.isfinite(x.grad).all()


def test_simam_gradient():
    x = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(simam, (x,))


def test_simam_in_half_precision_takes_its_statistics_in_float32():
    x = torch.full((1, 1, 64, 64), 300.0)  # 300² overflows fp16
    x[0, 0, 0, 0] = 0.0
    assert torch.isfinite(simam(x.half())).all()


@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 8), (8, 5), (1, 1)])
@pytest.mark.parametrize("kernel_size", [1, 3])
def test_lff_halves_any_size(height, width, kernel_size):
    layer = LFF(4, 6, kernel_size=kernel_size)
    assert layer(torch.randn(2, 4, height, width)).shape == (2, 6, -(-height // 2), -(-width // 2))


def test_without_attention_it_is_spd_conv():
    torch.manual_seed(0)
    layer = LFF(2, 3, attention=None, norm_cfg=None, act_cfg=None)
    x = torch.randn(1, 2, 6, 6)
    expected = nn.functional.conv2d(space_to_depth(x), layer.fuse.conv.weight, layer.fuse.conv.bias)
    torch.testing.assert_close(layer(x), expected)


def test_every_pixel_reaches_the_output():
    layer = LFF(1, 1, norm_cfg=None, act_cfg=None)
    nn.init.ones_(layer.fuse.conv.weight)
    x = torch.randn(1, 1, 6, 6, requires_grad=True)
    layer(x).sum().backward()
    assert (x.grad != 0).all()


@pytest.mark.parametrize("bad", [dict(attention="se"), dict(kernel_size=2)])
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        LFF(2, 2, **bad)


@pytest.mark.parametrize("scope", ["mmdet", "mmyolo"])
def test_configs_of_both_families_can_name_it(scope):
    pytest.importorskip(scope)
    layer = MODELS.build(dict(type="tinydet.LFF", in_channels=2, out_channels=2, _scope_=scope))
    assert isinstance(layer, LFF)


def test_tracing_gives_the_same_numbers():
    layer = LFF(2, 3).eval()
    x = torch.randn(1, 2, 8, 8)
    torch.testing.assert_close(torch.jit.trace(layer, x)(x), layer(x))
