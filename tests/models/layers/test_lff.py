"""Which pixel goes where, what LFF can stand in for, sizes, and graphs of it."""

import io

import pytest
import torch
from mmcv.cnn import ConvModule
from mmengine.registry import MODELS
from torch import nn

from tinydet.models.layers.lff import LFF, space_to_depth


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


def strided_and_lff(attention=None, size=3, **options):
    strided = ConvModule(2, 3, size, 2, size // 2, norm_cfg=dict(type="BN"), **options)
    nn.init.normal_(strided.bn.weight)
    strided.bn.running_mean.normal_()
    layer = LFF(2, 3, kernel_size=3, attention=attention, init_from_strided=True, act_cfg=None)
    return strided.eval(), layer.eval()


@pytest.mark.parametrize("size", [1, 3])
def test_it_starts_as_the_strided_convolution_of_a_checkpoint(size):
    strided, layer = strided_and_lff(size=size, act_cfg=None)
    layer.load_state_dict(strided.state_dict())  # strict: every tensor has its place
    x = torch.randn(2, 2, 8, 10)
    assert (layer(x) - strided(x)).abs().max() < 2e-6
    strided.double(), layer.double()
    torch.testing.assert_close(layer(x.double()), strided(x.double()), rtol=0, atol=1e-14)


def test_a_bare_convolution_has_a_place_too():
    strided = nn.Conv2d(2, 3, 3, stride=2, padding=1)
    layer = LFF(2, 3, 3, attention=None, norm_cfg=None, act_cfg=None, init_from_strided=True)
    layer.load_state_dict(strided.state_dict())
    x = torch.randn(2, 2, 8, 10)
    torch.testing.assert_close(layer(x), strided(x))


def test_its_own_checkpoint_loads_as_ever():
    _, layer = strided_and_lff()
    _, other = strided_and_lff()
    other.load_state_dict(layer.state_dict())
    torch.testing.assert_close(other.fuse.conv.weight, layer.fuse.conv.weight)


@pytest.mark.parametrize(("channels", "size"), [(5, 3), (2, 5), (2, 2)])
def test_a_convolution_that_does_not_fit_is_left_over(channels, size):
    _, layer = strided_and_lff()
    other = ConvModule(channels, 3, size, 2, norm_cfg=dict(type="BN"))
    keys = layer.load_state_dict(other.state_dict(), strict=False)
    assert "fuse.conv.weight" in keys.missing_keys
    assert "conv.weight" in keys.unexpected_keys


def test_every_pixel_reaches_the_output():
    layer = LFF(1, 1, norm_cfg=None, act_cfg=None)
    nn.init.ones_(layer.fuse.conv.weight)
    x = torch.randn(1, 1, 6, 6, requires_grad=True)
    layer(x).sum().backward()
    assert (x.grad != 0).all()


def test_four_groups_keep_the_phases_apart():
    layer = LFF(1, 4, groups=4, attention=None, norm_cfg=None, act_cfg=None, bias=False)
    nn.init.ones_(layer.fuse.conv.weight)
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 1, 2, 2)
    assert layer(x).flatten().tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    "bad",
    [
        *(dict(attention="se"), dict(attention=dict(type="SimAM")), dict(kernel_size=2)),
        *(dict(groups=3), dict(init_from_strided=True)),
        dict(init_from_strided=True, kernel_size=3, groups=2),
    ],
)
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        LFF(2, 2, **bad)


@pytest.mark.parametrize("scope", ["mmdet", "mmyolo"])
def test_configs_of_both_families_can_name_it(scope):
    pytest.importorskip(scope)
    layer = MODELS.build(dict(type="tinydet.LFF", in_channels=2, out_channels=2, _scope_=scope))
    assert isinstance(layer, LFF)


@pytest.mark.parametrize(("height", "width"), [(7, 9), (12, 10), (8, 5)])
def test_a_trace_of_an_odd_size_holds_for_every_size(height, width):
    layer = LFF(2, 3, attention=None).eval()
    trace = torch.jit.trace(layer, torch.randn(1, 2, 5, 5))
    x = torch.randn(2, 2, height, width)
    torch.testing.assert_close(trace(x), layer(x))


def test_onnx_gives_the_same_numbers():
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    layer, x, file = LFF(2, 3).eval(), torch.randn(1, 2, 9, 6), io.BytesIO()
    torch.onnx.export(layer, (x,), file, dynamo=False, input_names=["x"])
    (y,) = runtime.InferenceSession(file.getvalue()).run(None, dict(x=x.numpy()))
    torch.testing.assert_close(torch.from_numpy(y), layer(x), rtol=1e-4, atol=1e-5)


def test_half_precision_in_and_out():
    layer = LFF(2, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = layer(torch.randn(2, 2, 8, 8))
    assert y.dtype == torch.bfloat16
    y.float().sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in layer.parameters())
