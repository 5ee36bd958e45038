"""The position bias between levels, against plain loops; both faults of the public code."""

import math

import pytest
import torch

from tinydet.models.layers.cross_layer_bias import CrossLayerBias

SIDES = [5, 3, 1]


def bias(dimensions, as_published=False):
    torch.manual_seed(0)
    return CrossLayerBias(SIDES, dimensions, num_heads=2, as_published=as_published).double()


def at(table, *place):
    """Interpolate ``(heads, ...)`` at a fractional place, axis by axis."""
    for position in place:
        low = math.floor(position)
        share = position - low
        high = min(low + 1, table.shape[1] - 1)
        table = (1 - share) * table[:, low] + share * table[:, high]
    return table


def tokens(dimensions):
    lines = [[(i - side // 2) * SIDES[0] / side for i in range(side)] for side in SIDES]
    if dimensions == 1:
        return [(place,) for line in lines for place in line]
    return [(row, column) for line in lines for row in line for column in line]


@pytest.mark.parametrize("dimensions", [1, 2])
def test_each_pair_has_the_bias_of_its_offset(dimensions):
    module = bias(dimensions)
    found, table = module()[:, 0], module.table[0]
    if dimensions == 1:
        table = table[:, 0]
    places = tokens(dimensions)
    assert found.shape[1:] == (len(places),) * 2
    for query, one in enumerate(places):
        for key, other in enumerate(places):
            offset = [a - b + SIDES[0] - 1 for a, b in zip(one, other, strict=True)]
            torch.testing.assert_close(found[:, query, key], at(table, *offset), atol=1e-6, rtol=0)


@pytest.mark.parametrize("as_published", [False, True])
def test_a_bias_by_row_alone_is_read_by_row(as_published):
    """Where the table depends on the row alone, so does the bias; the public code mixes in columns.

    Its place ``row * 9 + column`` turns 1.33 rows into one row and 3 columns.
    """
    module = bias(2, as_published)
    with torch.no_grad():
        module.table.copy_(torch.arange(9.0)[:, None].expand(9, 9))
    found = module()[0, 0, 25 + 1, 25 + 4].item()  # of the middle level, (-1.67, 0) to (0, 0)
    right = 4 - 5 / 3
    assert (abs(found - right) < 1e-6) != as_published


@pytest.mark.parametrize("as_published", [False, True])
def test_the_bias_of_a_level_acts(as_published):
    """The public code adds it to the queries of a level, and the softmax over keys cancels it."""
    module = bias(2, as_published)
    before = module().softmax(-1)
    with torch.no_grad():
        module.level_bias[:, 2] = 3.0  # the coarsest level, the last of 35 tokens
    after = module().softmax(-1)
    assert torch.allclose(before, after) == as_published
    assert (after[..., -1] > 2 * before[..., -1]).all() != as_published
    values = torch.arange(35.0).double()
    module.zero_grad()
    (module().softmax(-1) @ values).sum().backward()
    assert module.level_bias.grad.abs().max().item() < 1e-12 or not as_published
    assert module.level_bias.grad.abs().max().item() > 1e-3 or as_published
