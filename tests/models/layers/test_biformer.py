"""Bi-level routing attention against a plain loop over regions, heads and places."""

import math

import pytest
import torch

from tinydet.models.layers import BiFormerBlock
from tinydet.models.layers.biformer import BiLevelRoutingAttention, map_of, regions_of


def places(number, size, cell):
    """Return the places of a row (or column) of regions on a map of ``size`` places."""
    return range(number * cell, min((number + 1) * cell, size))


def by_loop(layer, image):
    """Return the attention without its local part, for one image."""
    _, channels, height, width = image.shape
    cell = (-(-height // layer.regions), -(-width // layer.regions))
    query, key, value = layer.qkv(image)[0].split(channels)
    regions = [
        [(y, x) for y in places(row, height, cell[0]) for x in places(column, width, cell[1])]
        for row in range(-(-height // cell[0]))
        for column in range(-(-width // cell[1]))
    ]
    mean = [
        torch.stack([torch.stack([part[:, y, x] for y, x in region]).mean(0) for region in regions])
        for part in (query, key)
    ]
    output, head = torch.zeros_like(query), channels // layer.heads
    for number, region in enumerate(regions):
        nearest = (mean[1] @ mean[0][number]).topk(min(layer.topk, len(regions))).indices
        seen = [place for other in nearest.tolist() for place in regions[other]]
        for y, x in region:
            for start in range(0, channels, head):
                part = slice(start, start + head)
                keys = torch.stack([key[part, v, u] for v, u in seen])
                values = torch.stack([value[part, v, u] for v, u in seen])
                weights = (keys @ query[part, y, x] / math.sqrt(head)).softmax(0)
                output[part, y, x] = weights @ values
    return output[None]


@pytest.mark.parametrize("size", [(8, 8), (7, 10), (3, 2)])  # the last has fewer places than S
@torch.no_grad()
def test_attention_is_that_of_the_loop(size):
    torch.manual_seed(0)
    layer = BiLevelRoutingAttention(64, regions=4, topk=3).double()
    image = torch.rand(2, 64, *size, dtype=torch.float64)
    value = layer.qkv(image).chunk(3, 1)[2]
    mixed = torch.cat([by_loop(layer, image[:1]), by_loop(layer, image[1:])])
    torch.testing.assert_close(layer(image), layer.projection(mixed + layer.local(value)))


def test_regions_are_blocks_of_the_map():
    x = torch.arange(24.0).view(1, 1, 4, 6)
    regions = regions_of(x, (2, 3))
    assert regions[0, 1, :, 0].tolist() == [3, 4, 5, 9, 10, 11]
    assert torch.equal(map_of(regions, (2, 3), 4, 6), x)


def test_every_weight_of_the_block_learns():
    block, image = BiFormerBlock(16), torch.rand(2, 16, 9, 14)
    block(image).square().mean().backward()
    assert all(weight.grad.any() for key, weight in block.named_parameters() if "qkv.b" not in key)


def test_a_plug_in_of_a_backbone():
    pytest.importorskip("mmyolo")
    from mmyolo.models import YOLOv8CSPDarknet

    plugin = dict(cfg=dict(type="tinydet.BiFormerBlock"), stages=(False, False, False, True))
    backbone = YOLOv8CSPDarknet(widen_factor=0.125, deepen_factor=0.1, plugins=[plugin])
    assert isinstance(backbone.stage4[-1], BiFormerBlock)
    assert backbone(torch.rand(1, 3, 64, 64))[-1].shape == (1, 128, 2, 2)


def test_channels_that_have_no_heads():
    with pytest.raises(ValueError, match="in_channels=80 must be a multiple of 32"):
        BiFormerBlock(80)
