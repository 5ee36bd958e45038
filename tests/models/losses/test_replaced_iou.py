"""Inner-IoU, Focaler-IoU and MPDIoU by hand, and what may not be put together."""

import pytest
import torch

from tinydet.models.losses import FocalerIoULoss, InnerIoULoss, MPDIoULoss
from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.inner_iou_loss import inner_iou

TARGET = torch.tensor([[0.0, 0.0, 8.0, 8.0]], dtype=torch.float64)
GIOU = dict(type="tinydet.GIoULoss")


def box(*corners):
    return torch.tensor([corners], dtype=torch.float64)


@pytest.mark.parametrize(
    ("pred", "ratio", "expected"),
    [
        ((4, 0, 12, 8), 1, 1 / 3),
        ((4, 0, 12, 8), 0.5, 0),  # 4 px wide each, 4 px apart
        ((10, 0, 18, 8), 1, 0),  # a gap of 2 px
        ((10, 0, 18, 8), 1.5, 2 * 12 / (2 * 144 - 24)),  # 12 px wide, 10 px apart
        ((2, 2, 6, 6), 1.5, 36 / 144),  # inside, whatever the ratio
    ],
)
def test_inner_iou_by_hand(pred, ratio, expected):
    pairs = terms.box_pairs(box(*pred), TARGET)
    assert inner_iou(pairs, ratio).item() == pytest.approx(expected, abs=1e-9)


def test_inner_giou_is_giou_with_another_iou():
    pred = box(10, 0, 18, 8)
    empty = (18 * 8 - 128) / (18 * 8)
    value = InnerIoULoss(ratio=1.5, loss=GIOU)(pred, TARGET).item()
    assert value == pytest.approx(1 - 24 / 264 + empty)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.0, 0.95, 1 / 3 / 0.95), (0.0, 1.0, 1 / 3), (0.5, 1.0, 0.0), (0.0, 0.25, 1.0)],
)
def test_focaler_iou_by_hand(low, high, expected):
    value = FocalerIoULoss(low, high)(box(4, 0, 12, 8), TARGET).item()
    assert value == pytest.approx(1 - expected, abs=1e-8)
    value = FocalerIoULoss(low, high, loss=GIOU)(box(4, 0, 12, 8), TARGET).item()
    assert value == pytest.approx(1 - expected, abs=1e-8)  # the enclosing box is full


def test_mpdiou_by_hand():
    # Corners (3, 4) and (9, 16) against (0, 0) and (8, 8), in an image of 30 x 40.
    value = MPDIoULoss(image_size=(30, 40))(box(3, 4, 9, 16), TARGET).item()
    assert value == pytest.approx(1 - 20 / 116 + (25 + 65) / 2500)
    assert MPDIoULoss(image_size=50).squared_diagonal == 2 * 50**2


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (InnerIoULoss, dict(ratio=0), "InnerIoULoss: ratio=0"),
        (InnerIoULoss, dict(loss=dict(type="tinydet.NWDLoss")), "1 - IoU"),
        (InnerIoULoss, dict(loss=dict(type="tinydet.FocalerIoULoss")), "1 - IoU"),
        (InnerIoULoss, dict(loss=dict(**GIOU, reduction="sum")), "give reduction to InnerIoULoss"),
        (FocalerIoULoss, dict(loss=dict(**GIOU, focal="angle")), "give focal to FocalerIoULoss"),
        (FocalerIoULoss, dict(low=0.5, high=0.5), "low=0.5, high=0.5"),
        (FocalerIoULoss, dict(high=1.2), "high=1.2"),
        (MPDIoULoss, dict(image_size=0), "MPDIoULoss: image_size=0"),
        (MPDIoULoss, dict(image_size=(800, 800, 3)), "image_size"),
        (MPDIoULoss, dict(image_size="800"), "image_size='800'"),
    ],
)
def test_bad_arguments_are_named(kind, options, message):
    with pytest.raises(ValueError, match=message):
        kind(**options)
