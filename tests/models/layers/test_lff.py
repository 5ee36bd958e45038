"""Which pixel goes where, what LFF can stand in for, sizes, and graphs of it."""

import io

import pytest
import torch
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


def test_a_3x3_can_be_the_strided_convolution_it_replaces():
    # Row 2i - 1 of the image is row i - 1 of the odd phase, rows 2i and 2i + 1 are row i of both.
    strided = nn.Conv2d(2, 3, 3, stride=2, padding=1, bias=False).double()
    layer = LFF(2, 3, kernel_size=3, attention=None, norm_cfg=None, act_cfg=None, bias=False)
    layer.double()
    place = {0: (1, 0), 1: (0, 1), 2: (1, 1)}  # tap -> phase, tap of LFF
    nn.init.zeros_(layer.fuse.conv.weight)
    for row, (row_phase, row_tap) in place.items():
        for column, (column_phase, column_tap) in place.items():
            first = 2 * (2 * row_phase + column_phase)
            taps = strided.weight.data[:, :, row, column]
            layer.fuse.conv.weight.data[:, first : first + 2, row_tap, column_tap] = taps
    x = torch.randn(2, 2, 8, 10, dtype=torch.float64)
    torch.testing.assert_close(layer(x), strided(x))


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
    [dict(attention="se"), dict(attention=dict(type="SimAM")), dict(kernel_size=2), dict(groups=3)],
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
