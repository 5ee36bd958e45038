"""NWD, KLD and DotD losses by hand; the similarities have tests of their own."""

import math

import pytest
import torch

from tinydet.models.losses import DotDLoss, KLDLoss, NWDLoss

TARGET = torch.tensor([[0.0, 0.0, 8.0, 8.0]], dtype=torch.float64)
PRED = torch.tensor([[3.0, 4.0, 9.0, 16.0]], dtype=torch.float64)  # 6 x 12, center (6, 10)


def test_nwd_by_hand():
    squared = 2**2 + 6**2 + (2**2 + 4**2) / 4
    expected = 1 - math.exp(-math.sqrt(squared) / 10)
    assert NWDLoss(constant=10)(PRED, TARGET).item() == pytest.approx(expected)


def test_kld_by_hand():
    ratios = (6 / 8) ** 2 + (12 / 8) ** 2 - 2 - 2 * math.log(6 / 8) - 2 * math.log(12 / 8)
    divergence = ratios / 2 + 2 * (2**2 + 6**2) / 8**2
    assert KLDLoss()(PRED, TARGET).item() == pytest.approx(1 - 1 / (1 + divergence))


def test_dotd_by_hand():
    expected = 1 - math.exp(-math.sqrt(2**2 + 6**2) / 12.8)
    assert DotDLoss()(PRED, TARGET).item() == pytest.approx(expected)


def test_an_error_in_px_costs_nwd_the_same_at_every_size():
    small = torch.tensor([[0.0, 0.0, 4.0, 4.0]])
    large = torch.tensor([[0.0, 0.0, 64.0, 64.0]])
    move = torch.tensor([3.0, 1.0, 3.0, 1.0])
    assert NWDLoss()(small + move, small) == NWDLoss()(large + move, large)


@pytest.mark.parametrize("kind", [NWDLoss, DotDLoss])
@pytest.mark.parametrize("constant", [0, -1, float("nan"), float("inf"), "12.8", True])
def test_a_bad_constant_is_named(kind, constant):
    with pytest.raises(ValueError, match="constant="):
        kind(constant=constant)


@pytest.mark.parametrize("kind", [NWDLoss, DotDLoss])
def test_auto_is_resolved_before_the_loss_is_built(kind):
    with pytest.raises(ValueError, match="tools/train.py"):
        kind(constant="auto")
