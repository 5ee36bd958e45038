"""IoU to EIoU by hand, and against mmdet's and mmyolo's float64 values where those are right."""

import importlib
import math

import pytest
import torch
from pairs import random_pairs

from tinydet.models.losses import CIoULoss, DIoULoss, EIoULoss, FocalEIoULoss, GIoULoss, IoULoss
from tinydet.models.losses import iou_terms as terms

mmdet = importlib.import_module("mmdet.models.losses.iou_loss")
TARGET = torch.tensor([[0.0, 0.0, 8.0, 8.0]], dtype=torch.float64)
PRED = torch.tensor([[3.0, 4.0, 9.0, 16.0]], dtype=torch.float64)  # 6 x 12, center (6, 10)
IOU = 5 * 4 / (64 + 72 - 20)
CENTER = (2**2 + 6**2) / (9**2 + 16**2)
ASPECT = 4 / math.pi**2 * (math.atan(1) - math.atan(0.5)) ** 2

BY_HAND = {
    IoULoss: 1 - IOU,
    GIoULoss: 1 - IOU + (9 * 16 - 116) / (9 * 16),
    DIoULoss: 1 - IOU + CENTER,
    CIoULoss: 1 - IOU + CENTER + ASPECT**2 / (1 - IOU + ASPECT),
    EIoULoss: 1 - IOU + CENTER + 2**2 / 9**2 + 4**2 / 16**2,
    FocalEIoULoss: math.sqrt(IOU) * (1 - IOU + CENTER + 2**2 / 9**2 + 4**2 / 16**2),
}


@pytest.mark.parametrize(("kind", "expected"), BY_HAND.items(), ids=lambda value: str(value)[-20:])
def test_by_hand(kind, expected):
    assert kind()(PRED, TARGET).item() == pytest.approx(expected, rel=1e-8)


def assert_same(ours, theirs, pred):
    torch.testing.assert_close(ours, theirs, atol=1e-7, rtol=0)
    (got,) = torch.autograd.grad(ours.sum(), pred, retain_graph=True)
    (expected,) = torch.autograd.grad(theirs.sum(), pred)
    torch.testing.assert_close(got, expected, atol=1e-7, rtol=0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(GIoULoss, mmdet.giou_loss), (DIoULoss, mmdet.diou_loss)],
)
def test_mmdet_agrees(ours, theirs):
    pred, target = random_pairs()
    assert_same(ours(reduction="none")(pred, target), theirs(pred, target, reduction="none"), pred)


def test_mmdet_agrees_on_the_linear_iou_where_boxes_overlap():
    pred, target = random_pairs()
    overlap = mmdet.bbox_overlaps(pred, target, is_aligned=True) > 0
    ours = IoULoss(reduction="none")(pred, target)[overlap]
    theirs = mmdet.iou_loss(pred, target, mode="linear", reduction="none")[overlap]
    assert_same(ours, theirs, pred)


def test_mmdet_agrees_on_ciou_above_an_iou_of_half():
    pred, target = random_pairs()
    pred = (target + (pred - target) / 8).detach().requires_grad_()
    ours, iou = CIoULoss(reduction="none", return_iou=True)(pred, target)
    theirs = mmdet.ciou_loss(pred, target, reduction="none")
    good = iou > 0.5
    assert good.sum() > 100
    assert_same(ours[good], theirs[good], pred)
    assert (ours[~good] - theirs[~good]).max() > 1e-3  # its aspect term is switched off there


def test_mmyolo_agrees_on_ciou_and_giou():
    overlaps = pytest.importorskip("mmyolo.models.losses.iou_loss").bbox_overlaps
    pred, target = random_pairs()
    for kind, mode in ((CIoULoss, "ciou"), (GIoULoss, "giou")):
        ours = kind(reduction="none")(pred, target)
        kept = ours < 2  # beyond it mmyolo clamps
        assert_same(ours[kept], 1 - overlaps(pred, target, mode, "xyxy")[kept], pred)


def test_gradient_of_ciou_with_its_weight_held_fixed():
    pred, target = random_pairs(6)
    weight = CIoULoss(reduction="none")(pred, target) - DIoULoss(reduction="none")(pred, target)
    weight = (weight / terms.aspect_difference(terms.box_pairs(pred, target))).detach()

    def fixed(pred):
        pairs = terms.box_pairs(pred, target)
        aspect = weight * terms.aspect_difference(pairs)
        return 1 - terms.iou(pairs) + terms.center_distance(pairs) + aspect

    assert torch.autograd.gradcheck(fixed, (pred,))
    (got,) = torch.autograd.grad(CIoULoss(reduction="sum")(pred, target), pred)
    (expected,) = torch.autograd.grad(fixed(pred).sum(), pred)
    torch.testing.assert_close(got, expected)


def test_the_ciou_of_a_box_without_size_has_a_bounded_gradient():
    # The slope of the arc tangent at 0 / 0 is 1 / eps, over a million in mmyolo 0.6.
    pred = torch.tensor([[4.0, 4.0, 4.0, 4.0]], requires_grad=True)
    CIoULoss()(pred, torch.tensor([[0.0, 0.0, 2.0, 8.0]])).backward()
    assert pred.grad.abs().max() < 1000


def test_only_iou_leaves_disjoint_boxes_alone():
    for kind in (IoULoss, GIoULoss, DIoULoss, CIoULoss, EIoULoss):
        pred = (TARGET + 100).requires_grad_()
        kind()(pred, TARGET).backward()
        assert (pred.grad.abs().max() > 1e-5) == (kind is not IoULoss)


@pytest.mark.parametrize("gamma", [-0.5, "half", None])
def test_a_bad_gamma_is_named(gamma):
    with pytest.raises(ValueError, match="FocalEIoULoss: gamma"):
        FocalEIoULoss(gamma=gamma)
