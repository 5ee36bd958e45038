"""Partial self-attention against a plain loop over heads and places."""

import math

import pytest
import torch

from tinydet.models.layers.psa import PSA, PositionedAttention


@torch.no_grad()
def test_attention_is_that_of_the_loop():
    torch.manual_seed(0)
    layer = PositionedAttention(128, dict(type="BN")).double().eval()
    image = torch.rand(2, 128, 3, 5, dtype=torch.float64)
    qkv = layer.qkv(image).flatten(2)  # (B, 256, 15)
    mixed = torch.zeros(2, 128, 15, dtype=torch.float64)
    values = torch.zeros_like(mixed)
    for sample in range(2):
        for head in range(2):
            query, key, value = qkv[sample, head * 128 :][:128].split([32, 32, 64])
            for place in range(15):
                weights = (key.T @ query[:, place] / math.sqrt(32)).softmax(0)
                mixed[sample, head * 64 : (head + 1) * 64, place] = value @ weights
            values[sample, head * 64 : (head + 1) * 64] = value
    expected = mixed.view_as(image) + layer.position(values.view_as(image))
    torch.testing.assert_close(layer(image), layer.projection(expected))


@torch.no_grad()
def test_half_of_the_channels_is_attended_to():
    layer, image = PSA(16).eval(), torch.rand(1, 16, 4, 6)
    seen = []
    layer.blocks.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    assert layer(image).shape == image.shape
    assert torch.equal(seen[0], layer.first(image)[:, 8:])


def test_channels_that_keys_cannot_halve():
    with pytest.raises(ValueError, match="multiple of 2 channels, not 15"):
        PSA(31)
