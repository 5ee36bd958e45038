"""Deformable convolutions of batches that mmcv's step of 32 images does not divide."""

import pytest
import torch

from tinydet.compat.deform_conv import largest_divisor


@pytest.mark.parametrize(
    ("number", "most", "divisor"),
    [(5, 32, 5), (32, 32, 32), (40, 32, 20), (33, 32, 11), (37, 32, 1)],
)
def test_largest_divisor(number, most, divisor):
    assert largest_divisor(number, most) == divisor


@pytest.mark.parametrize("count", [33, 37])
def test_a_large_batch_is_as_its_images_alone(count):
    DeformConv2d = pytest.importorskip("mmcv.ops").DeformConv2d
    generator = torch.Generator().manual_seed(0)
    layer = DeformConv2d(2, 3, 3, padding=1)
    images = torch.rand(count, 2, 5, 6, generator=generator, requires_grad=True)
    offsets = torch.rand(count, 18, 5, 6, generator=generator)
    found = layer(images, offsets)
    (gradient,) = torch.autograd.grad(found.square().sum(), images)
    assert found.shape == (count, 3, 5, 6)
    for image, offset, one, slope in zip(images, offsets, found, gradient, strict=True):
        alone = layer(image[None], offset[None])
        assert torch.allclose(alone[0], one, atol=1e-5)
        (expected,) = torch.autograd.grad(alone.square().sum(), image)
        assert torch.allclose(expected, slope, atol=1e-5)
