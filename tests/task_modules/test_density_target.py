"""The density that D3Q learns: each object has a sum of 1, wherever it stands."""

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from mmdet.models.utils import gaussian_radius

from tinydet.task_modules.density_target import density_target

SIDE, FAR = (
    math.exp(-2),
    math.exp(-4),
)  # of the center's value, at 1 and at sqrt(2) cells: sigma 0.5
PEAK = 1 / (1 + 4 * SIDE + 4 * FAR)  # 0.619 of a radius of 1


def target(boxes, shape=(16, 24), **kwargs):
    return density_target(torch.tensor(boxes).view(-1, 4), shape, (4, 4), **kwargs)


def square(x, y, side=4.0):
    """Return a box around the middle of a cell of 4 px."""
    x, y = 4 * x + 2, 4 * y + 2
    return [x - side / 2, y - side / 2, x + side / 2, y + side / 2]


def plain(boxes, shape, combine):
    """Loop over objects and cells, in float64."""
    height, width = shape
    result = torch.zeros(shape, dtype=torch.float64)
    for x1, y1, x2, y2 in (torch.tensor(boxes).view(-1, 4) / 4).tolist():
        radius = max(1, int(gaussian_radius((y2 - y1, x2 - x1), 0.3)))
        sigma = (2 * radius + 1) / 6
        center = (
            min(max(int((y1 + y2) / 2), 0), height - 1),
            min(max(int((x1 + x2) / 2), 0), width - 1),
        )
        one = torch.zeros_like(result)
        for y in range(height):
            for x in range(width):
                dy, dx = y - center[0], x - center[1]
                if max(abs(dy), abs(dx)) <= radius:
                    one[y, x] = math.exp(-(dy**2 + dx**2) / (2 * sigma**2))
        one /= one.sum()
        result = torch.maximum(result, one) if combine == "maximum" else result + one
    return result.clamp(max=1)


def test_an_object_by_hand():
    density = target(square(5, 3))
    assert density[3, 5].item() == pytest.approx(PEAK)
    assert density[3, 6].item() == pytest.approx(PEAK * SIDE)
    assert density[4, 6].item() == pytest.approx(PEAK * FAR)
    assert density.sum().item() == pytest.approx(1)


def test_at_the_border_the_published_target_loses_a_part_of_the_object():
    corner = square(0, 0)
    published = target(corner, as_published=True).sum().item()
    assert published == pytest.approx(PEAK * (1 + 2 * SIDE + FAR))  # 0.80 of an object
    assert target(corner).sum().item() == pytest.approx(1)


def test_neighbors_share_cells_in_the_maximum_and_not_in_the_sum():
    pair = [square(5, 3), square(6, 3)]
    shared = 4 * FAR + 2 * SIDE  # of the two peaks and the cells above and below them
    by_maximum = 2 - PEAK * (2 * SIDE + 4 * FAR)
    assert target(pair).sum().item() == pytest.approx(by_maximum)
    assert by_maximum == pytest.approx(2 - PEAK * shared)
    assert target(pair, combine="sum").sum().item() == pytest.approx(2)


def test_two_objects_at_one_place_count_as_one_in_the_maximum():
    pair = [square(5, 3), square(5, 3)]
    assert target(pair).sum().item() == pytest.approx(1)
    summed = target(pair, combine="sum")
    assert summed[3, 5] == 1  # cut from 1.24, which no sigmoid says
    assert summed.sum().item() == pytest.approx(2 - (2 * PEAK - 1))


def test_no_object_and_objects_outside():
    assert not target([]).any()
    outside = target([[200.0, -50, 204, -46]])
    assert outside[0, -1] == outside.max()
    assert outside.sum().item() == pytest.approx(1)


def test_many_large_objects_are_added_in_parts(monkeypatch):
    boxes = [square(x, y, 40.0) for x in range(6) for y in range(6)]
    whole = target(boxes, combine="sum")
    monkeypatch.setattr("tinydet.task_modules.density_target.MOST", 500)
    assert torch.allclose(target(boxes, combine="sum"), whole, atol=1e-6)


@given(
    st.lists(
        st.tuples(*[st.floats(-8, 100, width=16)] * 2, *[st.floats(0, 60, width=16)] * 2),
        max_size=6,
    ),
    st.sampled_from(["maximum", "sum"]),
)
def test_equals_a_plain_loop(objects, combine):
    boxes = [[x, y, x + w, y + h] for x, y, w, h in objects]
    expected = plain(boxes, (16, 24), combine)
    assert torch.allclose(target(boxes, combine=combine).double(), expected, atol=1e-6)
