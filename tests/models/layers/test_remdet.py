"""RemDet's blocks, backbone and neck: shapes at any size, and what each is made of."""

import pytest
import torch
from torch.nn import functional as F

pytest.importorskip("mmyolo")

from tinydet.models.backbones import RemNet  # noqa: E402
from tinydet.models.layers.remdet import CED, BranchedDepthwise, ChannelC2f, GatedFFN  # noqa: E402
from tinydet.models.necks import RemDetPAFPN  # noqa: E402


def weights(module):
    return sum(p.numel() for p in module.parameters() if p.dim() == 4)


def test_channel_c2f_is_wide_outside_and_narrow_inside():
    block = ChannelC2f(12, 16, num_blocks=2, add_identity=False)
    assert block(torch.rand(2, 12, 5, 7)).shape == (2, 16, 5, 7)
    # 1x1 to twice 16, 1x1 from (2 + 2) * 16, and two bottlenecks 16 -> 4 -> 16 of 3x3.
    assert weights(block) == 12 * 32 + 64 * 16 + 2 * 9 * (16 * 4 + 4 * 16)


def test_gated_ffn_multiplies_its_halves_and_adds_the_input():
    block = GatedFFN(8, num_blocks=3).eval()
    x = torch.randn(2, 8, 5, 7)
    features, gate = block.expand(x)[:, :24], block.expand(x)[:, 24:]
    expected = x + block.reduce(block.depthwise(features) * F.gelu(gate))
    torch.testing.assert_close(block(x), expected)
    assert weights(block) == 8 * 48 + 24 * (9 + 1) + 2 * 24 * 9 + 24 * 8


def test_branches_see_what_is_normalized_and_padded_with_zeros():
    block = BranchedDepthwise(1).eval()
    with torch.no_grad():
        block.norm.bias.fill_(1.0)  # of a map of zeros, ones
        block.wide.conv.weight.fill_(1.0), block.point.conv.weight.fill_(2.0)
    found = block(torch.zeros(1, 1, 3, 3))[0, 0]
    # Taps inside the map: 9 in the middle, 4 in a corner; and twice the position itself.
    torch.testing.assert_close(found[1, 1], torch.tensor(11.0), atol=0.05, rtol=0)
    torch.testing.assert_close(found[0, 0], torch.tensor(6.0), atol=0.05, rtol=0)


@pytest.mark.parametrize("as_published", [False, True])
def test_a_depthwise_convolution_keeps_channels_apart(as_published):
    """The public code's 1x1 branch is dense, and costs more than the rest of the block."""
    block = GatedFFN(8, as_published=as_published).eval().depthwise
    x = torch.rand(1, 24, 3, 3)
    other = x.clone()
    other[:, 0] += 1
    changed = (block(x) != block(other)).flatten(2).any(-1)[0]
    assert bool(changed[1:].any()) == as_published
    assert weights(block) == 24 * 9 + (24 * 24 if as_published else 24)


@pytest.mark.parametrize("size", [(8, 6), (7, 5)])
def test_ced_halves(size):
    block = CED(6, 10)
    halves = tuple(-(-side // 2) for side in size)
    assert block(torch.rand(2, 6, *size)).shape == (2, 10, *halves)
    assert weights(block) == 6 * 10 + 10 * 9 + 40 * 10


def test_the_network_is_of_the_blocks():
    sizes = dict(deepen_factor=0.33, widen_factor=1 / 16)
    backbone = RemNet(**sizes)
    kinds = [
        type(layer).__name__ for stage in range(1, 5) for layer in backbone_stage(backbone, stage)
    ]
    assert kinds == [
        *("ConvModule", "GatedFFN", "CED", "GatedFFN", "CED", "GatedFFN"),
        *("CED", "GatedFFN", "SPPFBottleneck"),
    ]
    channels = [256, 512, 1024]
    neck = RemDetPAFPN(channels, channels, **sizes)
    levels = backbone(torch.rand(2, 3, 64, 96))
    assert [x.shape[1:] for x in neck(levels)] == [(16, 8, 12), (32, 4, 6), (64, 2, 3)]
    wide = [m for m in neck.modules() if isinstance(m, ChannelC2f)]
    assert len(wide) == 4
    assert all(not block.blocks[0].add_identity for block in wide)
    sum((x * torch.randn_like(x)).sum() for x in neck(levels)).backward()
    for module in (backbone, neck):
        assert [name for name, p in module.named_parameters() if p.grad is None] == []


def backbone_stage(backbone, number):
    return getattr(backbone, f"stage{number}")
