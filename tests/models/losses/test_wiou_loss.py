"""Wise-IoU 1 and 3 by hand, and its running mean."""

import math

import pytest
import torch

from tinydet.models.losses import WIoULoss
from tinydet.models.losses import iou_terms as terms

TARGET = torch.tensor([[0.0, 0.0, 8.0, 8.0]], dtype=torch.float64)
PRED = TARGET + torch.tensor([4.0, 0.0, 4.0, 0.0], dtype=torch.float64)
V1 = math.exp(4**2 / (12**2 + 8**2)) * 2 / 3


def test_version_1_by_hand():
    assert WIoULoss(version=1)(PRED, TARGET).item() == pytest.approx(V1)


def test_version_3_by_hand():
    loss = WIoULoss(momentum=0.5)
    value = loss(PRED, TARGET).item()
    mean = 0.5 * 1 + 0.5 * 2 / 3
    beta = 2 / 3 / mean
    assert loss.mean_loss.item() == pytest.approx(mean)
    assert value == pytest.approx(V1 * beta / (3 * 1.9 ** (beta - 3)))


def test_a_pair_delta_times_worse_than_the_mean_keeps_its_weight():
    loss = WIoULoss().eval()
    loss.mean_loss.fill_(0.2)
    worst, ordinary, best = loss.focus(torch.tensor([1.0, 0.2 / math.log(1.9), 0.01])).tolist()
    assert loss.focus(torch.tensor([0.6])).item() == pytest.approx(1)
    assert ordinary > worst  # not monotonic: the greatest weight is at 1 / ln alpha
    assert ordinary > best


def test_only_training_and_only_boxes_move_the_mean():
    loss = WIoULoss()
    loss(torch.zeros(0, 4), torch.zeros(0, 4))
    loss.eval()(PRED, TARGET)
    assert loss.mean_loss.item() == 1
    for _ in range(2000):
        loss.train()(PRED, TARGET)
    assert loss.mean_loss.item() == pytest.approx(2 / 3, abs=1e-4)


def test_the_mean_is_in_the_checkpoint_of_version_3():
    assert list(WIoULoss().state_dict()) == ["mean_loss"]
    assert list(WIoULoss(version=1).state_dict()) == []


@pytest.mark.parametrize("version", [1, 3])
def test_gradient_with_the_detached_parts_held_fixed(version):
    generator = torch.Generator().manual_seed(0)
    corner, side = torch.rand(2, 6, 2, generator=generator, dtype=torch.float64)
    target = torch.cat([10 * corner, 10 * corner + 4 + 8 * side], 1)
    pred = (target + torch.tensor([1.1, 1.4, 2.3, 1.9])).requires_grad_()
    loss = WIoULoss(version, reduction="none").eval()
    start = terms.box_pairs(pred.detach(), target)
    enclosing = start.cw**2 + start.ch**2
    factor = 1 if version == 1 else loss.focus(1 - terms.iou(start))

    def fixed(pred):
        pairs = terms.box_pairs(pred, target)
        return factor * torch.exp((pairs.dx**2 + pairs.dy**2) / enclosing) * (1 - terms.iou(pairs))

    assert torch.autograd.gradcheck(fixed, (pred,))
    (got,) = torch.autograd.grad(loss(pred, target).sum(), pred)
    (expected,) = torch.autograd.grad(fixed(pred).sum(), pred)
    torch.testing.assert_close(got, expected)


@pytest.mark.parametrize(
    "bad", [dict(version=2), dict(alpha=1), dict(delta=0), dict(momentum=0), dict(momentum=1.5)]
)
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match=f"WIoULoss: {next(iter(bad))}"):
        WIoULoss(**bad)
