"""RoIAlign beside mmcv's compiled one: values and gradients."""

import pytest
import torch
from comparing import calling, outcome
from mmcv.ops import RoIAlign, roi_align

pytestmark = pytest.mark.usefixtures("torchvision_ops")

SCALES = {1 / 4: 40, 1 / 8: 20, 1 / 32: 5, 1.0: 16}  # cells per pixel: side of the map


def problem(scale=1 / 8, channels=3, count=20, dtype=torch.float32, images=2):
    """A map and regions on it; some begin before it, end behind it or lie beside it."""
    generator = torch.Generator().manual_seed(0)
    side = SCALES[scale]
    features = torch.randn(images, channels, side, side + 3, generator=generator).to(dtype)
    centers = (torch.rand(count, 2, generator=generator) * 1.6 - 0.3) * side / scale
    sizes = torch.rand(count, 2, generator=generator) * 0.7 * side / scale
    number = torch.arange(count) % max(images, 1)
    rois = torch.cat([number[:, None], centers - sizes / 2, centers + sizes / 2], 1).to(dtype)
    return features.requires_grad_(), rois


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("size", [(7, 7), (14, 14), (1, 1), (3, 5)])
@pytest.mark.parametrize("sampling_ratio", [0, 1, 2])
@pytest.mark.parametrize("aligned", [True, False])
def test_settings(compare, scale, size, sampling_ratio, aligned):
    features, rois = problem(scale)
    layer = RoIAlign(size, scale, sampling_ratio, aligned=aligned)
    compare("roi_align", layer, features, rois, tolerance=1e-5)


def test_double(compare):
    compare("roi_align", RoIAlign(7, 1 / 8), *problem(dtype=torch.float64), tolerance=1e-12)


@pytest.mark.parametrize("aligned", [True, False])
def test_regions_without_an_area_and_on_lines(compare, aligned):
    features, _ = problem(1.0)
    rois = torch.tensor(
        [
            [0.0, 4, 4, 4, 4],
            [1, 4, 4, 4, 9],
            [0, 0, 0, 8, 8],
            [0, -1, -1, 0, 0],
            [1, 8, 8, 16, 19],
            [1, -9, -9, -5, -5],
            [1, 40, 40, 50, 50],
        ]
    )
    compare("roi_align", RoIAlign(4, 1.0, aligned=aligned), features, rois, tolerance=1e-5)


def test_no_regions(compare):
    features, _ = problem()
    value = compare("roi_align", RoIAlign(7, 1 / 8), features, torch.zeros(0, 5))
    assert value.shape == (0, 3, 7, 7)


def test_no_images(compare):
    features, rois = problem(images=0, count=0)
    value = compare("roi_align", RoIAlign(7, 1 / 8), features, rois)
    assert value.shape == (0, 3, 7, 7)


def test_other_orders_of_memory(compiled, stand_in):
    """mmcv's operator reads such a map as if it were contiguous; the right result is of a copy."""
    features, rois = problem()
    layer = RoIAlign(7, 1 / 8)
    expected, gradient = outcome(layer, (features, rois), compiled)
    columns = torch.cat([rois, rois], 1)[:, :5]
    for other in (
        features.detach().to(memory_format=torch.channels_last),
        features.detach().permute(2, 3, 0, 1).contiguous().permute(2, 3, 0, 1),
    ):
        found, found_gradient = outcome(layer, (other.requires_grad_(), columns), stand_in)
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(found_gradient, gradient, rtol=1e-5, atol=1e-5)


def test_half_precision(compare, compiled, stand_in):
    """As float32 of the rounded map, itself rounded; mmcv's own half keeps three digits."""
    features, rois = problem(dtype=torch.float16)
    layer = RoIAlign(7, 1 / 8)
    compare("roi_align in half", layer, features, rois, tolerance=0.05)
    found, (gradient,) = outcome(layer, (features, rois), stand_in)
    wide = features.detach().float().requires_grad_()
    expected, (expected_gradient,) = outcome(layer, (wide, rois.float()), compiled)
    torch.testing.assert_close(found, expected.half(), rtol=1e-3, atol=1e-4)
    # The gradient of the output that is fed back is rounded too.
    torch.testing.assert_close(gradient, expected_gradient.half(), rtol=2e-3, atol=2e-3)


def test_bfloat16_and_autocast(compiled, stand_in):
    """Under autocast mmdet's extractor gives features and regions of one number format."""
    features, rois = problem(dtype=torch.bfloat16)
    wide = features.detach().float()
    expected, _ = outcome(RoIAlign(7, 1 / 8), (wide, rois.float()), compiled)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, (gradient,) = outcome(RoIAlign(7, 1 / 8), (features, rois), stand_in)
    assert found.dtype == gradient.dtype == torch.bfloat16
    torch.testing.assert_close(found, expected.bfloat16(), rtol=1e-2, atol=1e-3)


def test_the_maximum_is_refused(stand_in):
    with calling(stand_in), pytest.raises(NotImplementedError, match="pool_mode='max'"):
        roi_align(*problem(), 7, 1 / 8, 0, "max")


def test_gradient(stand_in):
    features, rois = problem(1 / 32, channels=1, count=4, dtype=torch.float64)
    with calling(stand_in):
        assert torch.autograd.gradcheck(
            lambda x: roi_align(x, rois, (2, 3), 1 / 32, 0, "avg", True), features
        )
