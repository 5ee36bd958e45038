"""The calling convention: weights, reductions, and what is returned."""

import pytest
import torch

from tinydet.models.losses import IoULoss

TARGET = torch.tensor([[0.0, 0.0, 8.0, 8.0]]).expand(3, 4)
PRED = torch.tensor([[0.0, 0.0, 8.0, 8.0], [4.0, 0.0, 12.0, 8.0], [2.0, 2.0, 6.0, 6.0]])
EACH = torch.tensor([0, 2 / 3, 3 / 4])


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 4)])
def test_weights_of_every_shape(shape):
    weight = torch.tensor([1.0, 3.0, 0.0]).view(3, *[1] * (len(shape) - 1)).expand(shape)
    summed = IoULoss(reduction="sum", loss_weight=2.0)(PRED, TARGET, weight)
    assert summed.item() == pytest.approx(2 * 3 * 2 / 3)
    each = IoULoss(reduction="none")(PRED, TARGET, weight)
    torch.testing.assert_close(each, EACH * torch.tensor([1.0, 3.0, 0.0]))


def test_the_mean_of_unequal_weights_of_a_row_counts():
    weight = torch.tensor([[1.0, 1, 0, 0], [4.0, 4, 0, 0], [0.0, 0, 0, 0]])
    each = IoULoss(reduction="none")(PRED, TARGET, weight)
    torch.testing.assert_close(each, EACH * torch.tensor([0.5, 2.0, 0.0]))


def test_means():
    assert IoULoss()(PRED, TARGET).item() == pytest.approx(EACH.mean().item())
    assert IoULoss()(PRED, TARGET, avg_factor=10.0).item() == pytest.approx(EACH.sum().item() / 10)
    # As in mmdet, a mean without avg_factor is over all rows, those of weight 0 included.
    weight = torch.tensor([0.0, 1.0, 0.0])
    assert IoULoss()(PRED, TARGET, weight).item() == pytest.approx(2 / 3 / 3)


def test_reduction_override():
    each = IoULoss()(PRED, TARGET, reduction_override="none")
    torch.testing.assert_close(each, EACH)
    with pytest.raises(ValueError, match="reduction_override='max'"):
        IoULoss()(PRED, TARGET, reduction_override="max")


def test_no_positive_box_gives_a_zero_that_trains():
    pred = PRED.clone().requires_grad_()
    value = IoULoss()(pred, TARGET, torch.zeros(3, 4), avg_factor=1.0)
    value.backward()
    assert value.item() == 0
    assert (pred.grad == 0).all()


def test_half_precision_centers_are_raised_before_they_become_corners():
    # At 2000 px fp16 has steps of 1 px: the corner 2000 - 0.5 would be rounded.
    pred = torch.tensor([[2000.0, 100.0, 1.0, 8.0]], dtype=torch.float16)
    _, iou = IoULoss(box_format="cxcywh", return_iou=True)(pred, pred)
    assert iou.item() == pytest.approx(1)
