"""Each term against numbers worked out by hand."""

import math

import pytest
import torch

from tinydet.models.losses import iou_terms as terms

TARGET = torch.tensor([0.0, 0.0, 8.0, 8.0], dtype=torch.float64)


def pairs(*box):
    return terms.box_pairs(torch.tensor(box, dtype=torch.float64), TARGET)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 8, 8), 1.0),
        ((4, 0, 12, 8), 32 / 96),  # half of each overlaps
        ((2, 2, 6, 6), 16 / 64),  # inside
        ((8, 0, 16, 8), 0.0),  # touching
        ((1000, 0, 1008, 8), 0.0),
        ((3, 3, 3, 3), 0.0),  # no area
    ],
)
def test_iou(box, expected):
    assert terms.iou(pairs(*box)).item() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 8, 8), 0.0),
        ((3, 4, 11, 12), 25 / (11**2 + 12**2)),
        ((-1, -1, 9, 9), 0.0),  # same center
    ],
)
def test_center_distance(box, expected):
    assert terms.center_distance(pairs(*box)).item() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((5, 0, 13, 8), 0.0),  # on the x axis
        ((0, 5, 8, 13), 0.0),  # on the y axis
        ((3, 3, 11, 11), 1.0),  # 45 degrees
        ((3, 4, 11, 12), 2 * 3 * 4 / 25),
        ((0, 0, 8, 8), 0.0),  # no direction at all
    ],
)
def test_angle_cost_is_the_sine_of_twice_the_angle(box, expected):
    assert terms.angle_cost(pairs(*box)).item() == pytest.approx(expected, abs=1e-7)


def test_distance_costs():
    shifted = pairs(3, 4, 11, 12)
    per_axis = (1 - math.exp(-2 * (3 / 11) ** 2)) + (1 - math.exp(-2 * (4 / 12) ** 2))
    assert terms.axis_distance_cost(shifted, 2.0).item() == pytest.approx(per_axis)
    of_centers = 1 - math.exp(-2 * 25 / 265)
    assert terms.center_distance_cost(shifted, 2.0).item() == pytest.approx(of_centers)


def test_shape_cost():
    # 8 x 8 against 6 x 16: omega_w = 2 / 8, omega_h = 8 / 16
    expected = (1 - math.exp(-0.25)) ** 4 + (1 - math.exp(-0.5)) ** 4
    assert terms.shape_cost(pairs(0, 0, 6, 16)).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 8, 8), 0.0),
        ((8, 0, 16, 8), 0.0),  # the two fill their box
        ((8, 8, 16, 16), 0.5),
        ((2, 2, 6, 6), 0.0),
    ],
)
def test_empty_share(box, expected):
    assert terms.empty_share(pairs(*box)).item() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 5, 5), 0.0),
        ((0, 0, 8, 0), 0.25),  # 90 against 45 degrees
        ((0, 0, 1, math.sqrt(3)), 1 / 36),  # 30 against 45 degrees: (2 / pi * pi / 12)^2
        ((4, 4, 4, 4), 0.0),  # no size: taken for a tiny square
    ],
)
def test_aspect_difference(box, expected):
    assert terms.aspect_difference(pairs(*box)).item() == pytest.approx(expected, abs=1e-4)


def test_side_distance():
    # 8 x 8 against 6 x 12 in a box of 9 x 16
    expected = 2**2 / 9**2 + 4**2 / 16**2
    assert terms.side_distance(pairs(3, 4, 9, 16)).item() == pytest.approx(expected)


def test_corrected_gamma():
    assert terms.corrected_gamma(pairs(3, 3, 11, 11)).item() == pytest.approx(2)
    assert terms.corrected_gamma(pairs(5, 0, 13, 8)).item() == pytest.approx(1)


def test_half_precision_is_raised():
    box = torch.tensor([0.0, 0.0, 800.0, 800.0]).half()
    measured = terms.box_pairs(box, box)
    assert measured.wp.dtype == torch.float32
    assert terms.iou(measured).item() == pytest.approx(1.0)
