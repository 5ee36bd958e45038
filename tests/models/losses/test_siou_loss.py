"""SIoU and Shape-IoU by hand; SIoU against mmyolo, and where mmdet's has the wrong sign."""

import importlib
import math

import pytest
import torch
from pairs import random_pairs

from tinydet.models.losses import ShapeIoULoss, SIoULoss

TARGET = torch.tensor([[0.0, 0.0, 8.0, 8.0]], dtype=torch.float64)
PRED = torch.tensor([[3.0, 4.0, 9.0, 16.0]], dtype=torch.float64)  # 6 x 12, center (6, 10)
IOU = 5 * 4 / (64 + 72 - 20)


def test_siou_by_hand():
    gamma = 2 - 2 * 2 * 6 / (2**2 + 6**2)
    distance = 2 - math.exp(-gamma * (2 / 9) ** 2) - math.exp(-gamma * (6 / 16) ** 2)
    shape = (1 - math.exp(-2 / 8)) ** 4 + (1 - math.exp(-4 / 12)) ** 4
    assert SIoULoss()(PRED, TARGET).item() == pytest.approx(1 - IOU + (distance + shape) / 2)


def test_mmyolo_agrees():
    overlaps = pytest.importorskip("mmyolo.models.losses.iou_loss").bbox_overlaps
    pred, target = random_pairs()
    ours = SIoULoss(reduction="none")(pred, target)
    theirs = 1 - overlaps(pred, target, "siou", "xyxy")
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)


def test_mmdet_agrees_with_the_sign_of_the_paper_alone():
    siou = importlib.import_module("mmdet.models.losses.iou_loss").siou_loss
    pred, target = random_pairs()
    ours = SIoULoss(reduction="none")(pred, target)
    theirs = siou(pred, target, neg_gamma=True, reduction="none")
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)
    near, far = (TARGET + torch.tensor([d, 0.0, d, 0.0]) for d in (8, 100))
    assert SIoULoss()(far, TARGET) > SIoULoss()(near, TARGET)
    assert siou(far, TARGET) < siou(near, TARGET)  # its default


@pytest.mark.parametrize("scale", [0, 0.5, 1])
def test_shape_iou_by_hand(scale):
    target = torch.tensor([[0.0, 0.0, 4.0, 16.0]], dtype=torch.float64)
    pred = torch.tensor([[1.0, 2.0, 7.0, 14.0]], dtype=torch.float64)  # 6 x 12, center (4, 8)
    iou = 3 * 12 / (64 + 72 - 36)
    along_x = 2 * 16**scale / (4**scale + 16**scale)  # an error across the short side
    along_y = 2 * 4**scale / (4**scale + 16**scale)
    distance = along_x * 2**2 / (7**2 + 16**2)  # dx = 2, dy = 0
    shape = (1 - math.exp(-along_x * 2 / 6)) ** 4 + (1 - math.exp(-along_y * 4 / 16)) ** 4
    value = ShapeIoULoss(scale=scale)(pred, target).item()
    assert value == pytest.approx(1 - iou + distance + shape / 2)


def test_a_bad_scale_is_named():
    with pytest.raises(ValueError, match="ShapeIoULoss: scale=-1"):
        ShapeIoULoss(scale=-1)
