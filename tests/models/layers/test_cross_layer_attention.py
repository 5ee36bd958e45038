"""CFPT's attentions, against loops over windows; sizes, precision, the public code's fault."""

import pytest
import torch

from tinydet.models.layers.cross_layer_attention import (
    CrossLayerChannelAttention,
    CrossLayerSpatialAttention,
)

CHANNELS, LEVELS, HEADS, HIDDEN = 16, 3, 2, 4
KINDS = [CrossLayerSpatialAttention, CrossLayerChannelAttention]


def attention(kind, **options):
    torch.manual_seed(0)
    module = kind(CHANNELS, LEVELS, HEADS, reduction=4, **options)
    torch.nn.init.normal_(module.bias.level_bias)
    return module


def levels(height=12, width=8, batch=2, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    sizes = [(-(-height // 2**level), -(-width // 2**level)) for level in range(LEVELS)]
    return [torch.randn(batch, CHANNELS, *size, generator=generator).to(dtype) for size in sizes]


def attend(query, key, value, bias):
    """One window and head of an image: ``(N, D)`` each."""
    unit = [part / part.norm(dim=-1, keepdim=True).clamp_min(1e-12) for part in (query, key)]
    return (unit[0] @ unit[1].T + bias).softmax(-1) @ value


def spatial(module, qkv, image, row, column, head):
    """Yield level, row, column and tokens of a window, as its definition says."""
    for level, maps in enumerate(qkv):
        stride, side = 2 ** (LEVELS - 1 - level), module.sides[level]
        start = 1 if level < LEVELS - 1 else 0
        for down in range(side):
            for right in range(side):
                y, x = row * stride - start + down, column * stride - start + right
                inside = 0 <= y < maps.shape[2] and 0 <= x < maps.shape[3]
                size = HIDDEN // HEADS
                token = maps.new_zeros(3, size)
                if inside:
                    parts = maps[image, :, y, x].reshape(3, HEADS, size)
                    token = parts[:, head]
                yield (level, y, x) if inside else None, token


def test_by_position_as_a_loop_over_windows():
    module = attention(CrossLayerSpatialAttention).double().eval()
    inputs = levels(10, 7)
    with torch.no_grad():
        encoded = [part.encode(x) for part, x in zip(module.levels, inputs, strict=True)]
        qkv = [part.qkv(x) for part, x in zip(module.levels, encoded, strict=True)]
        sums = [torch.zeros_like(x[:, :HIDDEN]) for x in qkv]
        bias, size = module.bias()[:, 0], HIDDEN // HEADS
        for image in range(2):
            for row in range(inputs[-1].shape[2]):
                for column in range(inputs[-1].shape[3]):
                    for head in range(HEADS):
                        found = list(spatial(module, qkv, image, row, column, head))
                        tokens = torch.stack([token for _, token in found], 1)
                        result = attend(*tokens, bias[head])
                        for (place, _), value in zip(found, result, strict=True):
                            if place:
                                level, y, x = place
                                own = slice(head * size, (head + 1) * size)
                                sums[level][image, own, y, x] += value
        expected = [
            part.finish(x, total)
            for part, x, total in zip(module.levels, encoded, sums, strict=True)
        ]
        for ours, theirs in zip(module(inputs), expected, strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)


def test_by_channel_as_a_loop_over_channels():
    module = attention(CrossLayerChannelAttention).double().eval()
    inputs = levels(12, 8, batch=1)
    with torch.no_grad():
        encoded = [part.encode(x) for part, x in zip(module.levels, inputs, strict=True)]
        qkv = [
            part.qkv(x).reshape(3, HIDDEN, *x.shape[2:])
            for part, x in zip(module.levels, encoded, strict=True)
        ]
        bias = module.bias()[:, 0]
        factors = [2 ** (LEVELS - 1 - level) for level in range(LEVELS)]
        # Channels on the coarsest grid: every phase of a channel is one, row by row.
        moved = [
            torch.stack(
                [
                    part[:, channel, down::factor, right::factor].flatten(1)
                    for channel in range(HIDDEN)
                    for down in range(factor)
                    for right in range(factor)
                ],
                1,
            )
            for part, factor in zip(qkv, factors, strict=True)
        ]  # (3, hidden factor², positions)
        sums = [torch.zeros_like(part[0]) for part in moved]
        for window in range(HIDDEN):
            places, tokens = [], []
            for level, factor in enumerate(factors):
                first = window * factor**2 - (factor > 1)
                for channel in range(first, (window + 1) * factor**2):
                    places.append((level, channel) if channel >= 0 else None)
                    empty = torch.zeros_like(moved[level][:, 0])
                    tokens.append(moved[level][:, channel] if channel >= 0 else empty)
            result = attend(*torch.stack(tokens, 1), bias[window // (HIDDEN // HEADS)])
            for place, value in zip(places, result, strict=True):
                if place:
                    sums[place[0]][place[1]] += value
        for level, (part, x, factor) in enumerate(
            zip(module.levels, encoded, factors, strict=True)
        ):
            total = torch.zeros(1, HIDDEN, *x.shape[2:], dtype=torch.float64)
            for number, values in enumerate(sums[level]):
                channel, phase = divmod(number, factor**2)
                down, right = divmod(phase, factor)
                target = total[0, channel, down::factor, right::factor]
                target.copy_(values.reshape(target.shape))
            torch.testing.assert_close(
                module(inputs)[level], part.finish(x, total), atol=1e-6, rtol=0
            )


@pytest.mark.parametrize("as_published", [False, True])
def test_keys_of_the_first_window_are_keys(as_published):
    """The public code's first window of keys begins with the last channel of the queries."""
    module = attention(CrossLayerChannelAttention, as_published=as_published)
    qkv = torch.zeros(1, 3 * HIDDEN, 4, 4)
    qkv[:, HIDDEN - 1] = (
        1  # the last channel of the queries, of which a window ends and none begins
    )
    _, keys, _ = module.cut(qkv, 0, (1, 1))
    assert bool(keys.any()) == as_published


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(12, 8), (13, 9), (5, 3), (1, 1)])
def test_any_size(kind, size):
    inputs = levels(*size, dtype=torch.float32)
    outputs = attention(kind)(inputs)
    assert [x.shape for x in outputs] == [x.shape for x in inputs]
    assert all(x.isfinite().all() for x in outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_padded_at_the_end_of_a_level_keeps_the_batch_apart(kind):
    module = attention(kind).eval()
    inputs = levels(9, 7, dtype=torch.float32)
    both, alone = module(inputs), module([x[1:] for x in inputs])
    for ours, theirs in zip(both, alone, strict=True):
        torch.testing.assert_close(ours[1:], theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_half_precision_stays_near_the_full(kind, half):
    module, inputs = attention(kind), levels(9, 7, dtype=torch.float32)
    full = module(inputs)
    with torch.autocast("cpu", half):
        rough = module(inputs)
    for ours, theirs in zip(rough, full, strict=True):
        assert ours.isfinite().all()
        assert (ours.float() - theirs).abs().mean() < 0.02
    sum(x.float().sum() for x in rough).backward()
    assert all(p.grad.isfinite().all() for p in module.parameters())
