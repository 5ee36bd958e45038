"""The up-sampling half of DLA-34: bilinear at the start, any size, no idle weight."""

import torch
from torch.nn import functional as F

from tinydet.models.necks import DLANeck
from tinydet.models.necks.dla_neck import Upsampling

CHANNELS = [8, 16, 24, 32]


def maps(height, width):
    torch.manual_seed(0)
    sizes = [(-(-height // 2**level), -(-width // 2**level)) for level in range(4)]
    return [torch.randn(2, c, *size) for c, size in zip(CHANNELS, sizes, strict=True)]


def test_upsampling_starts_as_bilinear_interpolation():
    x = torch.rand(1, 3, 6, 7)
    for factor in (2, 4):
        expected = F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
        found = Upsampling(3, factor)(x)
        inner = (..., slice(factor, -factor), slice(factor, -factor))  # zeros surround the map
        torch.testing.assert_close(found[inner], expected[inner])


def test_any_size_and_no_weight_is_idle():
    neck = DLANeck(CHANNELS)
    for size in ((16, 16), (17, 9), (13, 22)):
        (output,) = neck(maps(*size))
        assert output.shape == (2, 8, *size)
    (output * torch.randn_like(output)).sum().backward()
    assert [name for name, p in neck.named_parameters() if p.grad is None] == []


def test_every_level_reaches_the_output():
    neck = DLANeck(CHANNELS, conv_cfg=None).eval()
    inputs = maps(16, 16)
    (before,) = neck(inputs)
    for level in range(4):
        (after,) = neck([x + (number == level) for number, x in enumerate(inputs)])
        assert not torch.equal(before, after)


def test_the_size_of_the_published_neck():
    count = sum(p.numel() for p in DLANeck().parameters())
    assert count == 3_938_672  # xingyizhou/CenterNet's dla_up and ida_up, without idle biases
