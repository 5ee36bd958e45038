"""Focusing by a power of the IoU: factors by hand, LR-Net's focused EIoU, bad arguments."""

import math

import pytest
import torch
from mmengine.registry import MODELS

import tinydet.models  # noqa: F401  registers the losses
from tinydet.models.losses import EIoULoss, FocalEIoULoss, InnerIoULoss, NWDLoss, RSIoULoss
from tinydet.models.losses.focusing import Focusing

TARGET = torch.tensor([[0.0, 0.0, 8.0, 8.0]], dtype=torch.float64)
PRED = TARGET + torch.tensor([3.0, 4.0, 3.0, 4.0], dtype=torch.float64)
IOU = 5 * 4 / (128 - 20)
ANGLE = 2 * 3 * 4 / 25
DISTANCE = 1 - math.exp(-(ANGLE**2 + 1) * 25 / (11**2 + 12**2))
EXPONENTS = {"angle": ANGLE**2 - 2, "distance": -DISTANCE, 0.5: 0.5, -1: -1}


@pytest.mark.parametrize("mode", EXPONENTS)
@pytest.mark.parametrize("kind", [EIoULoss, NWDLoss, InnerIoULoss])
def test_any_loss_is_focused_by_a_power_of_the_iou(kind, mode):
    plain = kind()(PRED, TARGET).item()
    focused = kind(focal=mode, focal_normalize=False)(PRED, TARGET).item()
    assert focused == pytest.approx(plain * IOU ** EXPONENTS[mode], rel=1e-6)


def test_inner_iou_takes_the_distance_cost_of_the_loss_inside():
    options = dict(focal="distance", focal_normalize=False)
    siou = dict(type="tinydet.SIoULoss")
    ratio = InnerIoULoss(loss=siou, **options)(PRED, TARGET) / InnerIoULoss(loss=siou)(PRED, TARGET)
    gamma = 2 - ANGLE
    per_axis = 2 - math.exp(-gamma * (3 / 11) ** 2) - math.exp(-gamma * (4 / 12) ** 2)
    assert ratio.item() == pytest.approx(IOU**-per_axis, rel=1e-6)


def test_focal_eiou_is_as_published():
    eiou = 1 - IOU + 25 / 265  # equal sides
    value = FocalEIoULoss()(PRED, TARGET).item()
    assert value == pytest.approx(math.sqrt(IOU) * eiou, rel=1e-6)
    assert FocalEIoULoss()(PRED + 100, TARGET).item() == 0  # IoU 0, no floor


def test_the_floor():
    factor = Focusing(-2, iou_floor=0.1, normalize=False)
    zero = torch.zeros(3)
    assert factor(torch.tensor([0.0, 0.05, 0.5]), zero, zero).tolist() == pytest.approx(
        [100, 100, 4]
    )


def test_normalized_factors_have_mean_one_and_the_mean_is_logged():
    from mmengine.logging import MessageHub

    zero = torch.zeros(2)
    factors = Focusing(-1)(torch.tensor([0.5, 0.25]), zero, zero)
    assert factors.tolist() == pytest.approx([2 / 3, 4 / 3])
    hub = MessageHub.get_current_instance()
    assert hub.get_scalar("train/focal_factor").current() == pytest.approx(3)


def test_a_call_without_overlap_and_a_positive_exponent_stays_finite():
    zero = torch.zeros(2)
    assert Focusing(0.5, iou_floor=0)(zero, zero, zero).tolist() == [0, 0]


@pytest.mark.parametrize("focal", [None, 0.5, "angle", "distance"])
@pytest.mark.parametrize("alpha", [1, 0.5])
def test_every_cell_of_the_ablation_is_one_config_line(focal, alpha):
    config = dict(type="tinydet.RSIoULoss", alpha=alpha, focal=focal, focal_normalize=False)
    penalty = DISTANCE / 2
    expected = 1 - IOU + (penalty if alpha == 1 else math.sqrt(penalty))
    expected *= IOU ** EXPONENTS[focal] if focal else 1
    assert MODELS.build(config)(PRED, TARGET).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(focal="angel"), "focal='angel' is none of"),
        (dict(focal=True), "focal=True is none of"),
        (dict(focal=-1, iou_floor=0), r"iou_floor=0 is outside \(0, 1\]"),
        (dict(focal=0.5, iou_floor=-0.1), r"iou_floor=-0.1 is outside \[0, 1\]"),
        (dict(focal="distance", iou_floor=1.5), "iou_floor=1.5"),
    ],
)
def test_bad_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        EIoULoss(**options)


def test_focusing_has_one_place():
    with pytest.raises(ValueError, match="give focal to InnerIoULoss"):
        InnerIoULoss(loss=dict(type="tinydet.RSIoULoss"))
    inner = InnerIoULoss(focal="angle", loss=dict(type="tinydet.RSIoULoss", focal=None))
    assert isinstance(inner.loss, RSIoULoss)
