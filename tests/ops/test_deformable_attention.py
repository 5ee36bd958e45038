"""Deformable attention beside Eq. (3) written out in loops, and mmcv's lines for the CPU."""

import math

import pytest
import torch
from comparing import calling
from mmcv.ops.multi_scale_deform_attn import (
    MultiScaleDeformableAttention,
    MultiScaleDeformableAttnFunction,
    multi_scale_deformable_attn_pytorch,
)

SHAPES = torch.tensor([[6, 7], [3, 4], [1, 2]])
STARTS = torch.tensor([0, 42, 54])


def problem(images=2, queries=5, heads=2, channels=3, points=4, dtype=torch.float32):
    """Value, places (some outside of the maps) and weights."""
    generator = torch.Generator().manual_seed(0)
    levels = len(SHAPES)
    value = torch.randn(images, 56, heads, channels, generator=generator)
    places = 1.6 * torch.rand(images, queries, heads, levels, points, 2, generator=generator) - 0.3
    weights = torch.randn(images, queries, heads, levels * points, generator=generator).softmax(-1)
    weights = weights.unflatten(-1, (levels, points))
    return [tensor.to(dtype).requires_grad_() for tensor in (value, places, weights)]


def attend(value, places, weights, step=64):
    function = MultiScaleDeformableAttnFunction.apply
    return function(value, SHAPES, STARTS, places, weights, step)


def by_loops(value, places, weights):
    """Sum weight times bilinear value over levels and points; centers of cells are at 1/2."""
    images, queries, heads, levels, points, _ = places.shape
    output = torch.zeros(images, queries, heads, value.shape[-1], dtype=torch.float64)
    for b, q, h, level, p in torch.cartesian_prod(
        *map(torch.arange, (images, queries, heads, levels, points))
    ).tolist():
        rows, columns = SHAPES[level].tolist()
        x = places[b, q, h, level, p, 0].item() * columns - 0.5
        y = places[b, q, h, level, p, 1].item() * rows - 0.5
        for row in (math.floor(y), math.floor(y) + 1):
            for column in (math.floor(x), math.floor(x) + 1):
                if 0 <= row < rows and 0 <= column < columns:
                    share = (1 - abs(x - column)) * (1 - abs(y - row))
                    cell = STARTS[level] + row * columns + column
                    output[b, q, h] += share * weights[b, q, h, level, p] * value[b, cell, h]
    return output.flatten(2)


def test_the_equation(stand_in, ledger):
    with calling(stand_in):
        found = attend(*problem())
    expected = by_loops(*(tensor.detach().double() for tensor in problem()))
    ledger.values("ms_deform_attn", found.detach(), expected.float(), 1e-6)


@pytest.mark.parametrize("images", [1, 3])
@pytest.mark.parametrize("heads", [1, 8])
@pytest.mark.parametrize("points", [1, 4])
def test_values_and_gradients(stand_in, ledger, images, heads, points):
    own = problem(images, heads=heads, points=points)
    exact = [tensor.detach().double().requires_grad_() for tensor in own]
    with calling(stand_in):
        found = attend(*own)
        found.square().sum().backward()
    expected = multi_scale_deformable_attn_pytorch(exact[0], SHAPES, *exact[1:])
    expected.square().sum().backward()
    ledger.values("ms_deform_attn", found.detach(), expected.detach().float(), 1e-5)
    gradients = [tensor.grad.float() for tensor in exact]
    ledger.gradients("ms_deform_attn", [tensor.grad for tensor in own], gradients, 1e-5)


def test_gradient(stand_in):
    tensors = problem(1, 2, 1, 2, 2, dtype=torch.float64)
    with calling(stand_in):
        assert torch.autograd.gradcheck(attend, tensors)


def test_no_images_and_no_queries(stand_in):
    for sizes in (dict(images=0), dict(queries=0)):
        tensors = problem(**sizes)
        with calling(stand_in):
            output = attend(*tensors)
            output.sum().backward()
        assert output.shape == (len(tensors[0]), tensors[1].shape[1], 6)
        assert not tensors[0].grad.any()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("autocast", [False, True])
def test_half_precision(stand_in, dtype, autocast):
    """Under autocast the value is half and the places are not; mmcv goes by the value."""
    value, places, weights = problem()
    half = value.detach().to(dtype).requires_grad_()
    with calling(stand_in):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            found = attend(half, places, weights)
        found.float().sum().backward()
        expected = attend(value, places.to(dtype).float(), weights)
    assert found.dtype == half.grad.dtype == dtype
    assert places.grad.dtype == torch.float32
    torch.testing.assert_close(found.float(), expected, rtol=3e-2, atol=3e-2)


def test_the_layer(stand_in, monkeypatch):
    """The layer as mmdet calls it, on the path that it takes for tensors on a GPU."""
    torch.manual_seed(0)
    layer = MultiScaleDeformableAttention(16, 4, 3, 4, batch_first=True, dropout=0.0)
    torch.nn.init.normal_(layer.sampling_offsets.weight, std=0.1)
    query, value = torch.randn(2, 5, 16), torch.randn(2, 56, 16)
    options = dict(
        value=value,
        reference_points=torch.rand(2, 5, 3, 2),
        spatial_shapes=SHAPES,
        level_start_index=STARTS,
    )
    expected = layer(query, **options)

    class OnGpu(torch.Tensor):
        is_cuda = True

    calls = []
    monkeypatch.setattr("mmcv.ops.multi_scale_deform_attn.IS_CUDA_AVAILABLE", True)
    original = stand_in.ms_deform_attn_forward
    monkeypatch.setattr(
        stand_in,
        "ms_deform_attn_forward",
        lambda *args, **kwargs: calls.append(1) or original(*args, **kwargs),
    )
    with calling(stand_in):
        found = layer(query, **dict(options, value=value.as_subclass(OnGpu)))
    assert calls == [1]
    torch.testing.assert_close(torch.Tensor(found), expected)
