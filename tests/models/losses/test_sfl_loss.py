"""SFL by hand; the weight of an object does not depend on the pyramid level it is assigned to."""

import math

import pytest
import torch

from tinydet.models.losses import SFLLoss

# Areas 16, 64, 256: s = 0, 0.2, 1.
TARGETS = torch.tensor([[0.0, 0, 4, 4], [0.0, 0, 8, 8], [0.0, 0, 16, 16]])
PREDS = TARGETS + torch.tensor([1.0, 0, 1, 0])
IOU = torch.tensor([12 / 20, 56 / 72, 240 / 272])
BETA = 2 / math.log(2)
S = torch.tensor([0.0, 0.2, 1.0])


def each(**options):
    return SFLLoss(**{"reduction": "none", "l1_weight": 0, **options})


@pytest.mark.parametrize("beta", [1, 1 / math.log(2), BETA])
def test_by_hand(beta):
    expected = beta * torch.log(2 - S) * (1 - IOU**2)
    torch.testing.assert_close(each(beta=beta)(PREDS, TARGETS), expected)


def test_the_default_beta_gives_the_smallest_object_a_weight_of_2():
    torch.testing.assert_close(each()(PREDS, TARGETS)[0], 2 * (1 - IOU[0] ** 2))


def test_l1_is_the_sum_of_four_differences_in_px():
    pred = torch.tensor([[1.0, 3.0, 9.0, 9.0]])  # center (5, 6), 8 x 6
    target = TARGETS[1:2]  # center (4, 4), 8 x 8
    plain, with_l1 = each()(pred, target), each(l1_weight=0.5)(pred, target)
    assert (with_l1 - plain).item() == pytest.approx(0.5 * (1 + 2 + 0 + 2))


def test_loss_weight_multiplies_both_parts_so_that_the_default_is_the_papers_l1_plus_5_sfl():
    total = SFLLoss(loss_weight=5.0, reduction="sum")(PREDS, TARGETS)
    expected = 5 * each()(PREDS, TARGETS).sum() + 3 / 8  # each of 3 is off by |dx| = 1, cells of 8
    torch.testing.assert_close(total, expected)


@pytest.mark.parametrize("count", [1, 3])
def test_equal_areas_all_have_the_weight_of_the_smallest(count):
    pred, target = PREDS[1:2].expand(count, 4), TARGETS[1:2].expand(count, 4)
    torch.testing.assert_close(each()(pred, target), (2 * (1 - IOU[1] ** 2)).expand(count))


def test_an_object_weighs_the_same_from_every_level_if_the_head_shows_all_objects_first():
    loss = each()
    batch = loss(PREDS, TARGETS)
    alone = torch.cat([loss(PREDS[:2], TARGETS[:2]), loss(PREDS[2:], TARGETS[2:])])
    assert not torch.allclose(alone, batch)  # what YOLOv5's one call a level would do
    loss.set_area_range(TARGETS)
    levels = torch.cat([loss(PREDS[:2], TARGETS[:2]), loss(PREDS[2:], TARGETS[2:])])
    torch.testing.assert_close(levels, batch)
    swapped = torch.cat([loss(PREDS[1:], TARGETS[1:]), loss(PREDS[:1], TARGETS[:1])])
    torch.testing.assert_close(swapped, batch[[1, 2, 0]])


def test_normalized_weights_have_the_mean_1_and_the_old_ratios():
    plain, normalized = each()(PREDS, TARGETS), each(normalize=True)(PREDS, TARGETS)
    mean = (BETA * torch.log(2 - S)).mean()
    torch.testing.assert_close(normalized, plain / mean)
    torch.testing.assert_close(each(normalize=True, beta=1)(PREDS, TARGETS), normalized)
    assert each(normalize=True)(PREDS[:0], TARGETS[:0]).numel() == 0
    largest = each(normalize=True, area_range=(4, 256))(PREDS[2:], TARGETS[2:])
    assert largest.tolist() == [0]  # no division by a mean of 0


def test_a_fixed_range():
    loss = each(area_range=(64, 256))  # areas 16, 64, 256: s = 0, 0, 1
    expected = BETA * torch.log(torch.tensor([2.0, 2.0, 1.0])) * (1 - IOU**2)
    torch.testing.assert_close(loss(PREDS, TARGETS), expected)
    loss.set_area_range(TARGETS)  # by a head that does so for every loss with areas
    torch.testing.assert_close(loss(PREDS, TARGETS), expected)


def test_an_iteration_without_objects_keeps_the_range():
    loss = each()
    loss.set_area_range(torch.zeros(0, 4))
    assert loss.area_range is None
    loss.set_area_range(TARGETS)
    assert loss(torch.zeros(0, 4), torch.zeros(0, 4)).shape == (0,)


def test_overlap_gives_no_gradient_where_there_is_none_and_l1_does():
    for l1_weight in (0, 0.2):
        pred = (TARGETS[:1] + 100).requires_grad_()
        each(l1_weight=l1_weight)(pred, TARGETS[:1]).sum().backward()
        assert (pred.grad.abs().max() > 0) == (l1_weight > 0)


@pytest.mark.parametrize(
    "bad",
    [dict(beta=0), dict(l1_weight=-1), dict(area_range=(9, 9)), dict(area_range=(-1, 9))],
)
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match=f"SFLLoss: {next(iter(bad))}"):
        SFLLoss(**bad)
