"""D3Q's box distance, as the loss and as the cost of matching."""

import math

import pytest
import torch
from mmengine.structures import InstanceData
from torch.autograd import gradcheck

from tinydet.models.losses import TinyL1Loss
from tinydet.task_modules import TinyL1Cost
from tinydet.task_modules.tiny_l1 import log_sides

PRED = torch.tensor([[0.5, 0.5, 0.02, 0.01], [0.1, 0.9, 0.3, 0.3]])
TARGET = torch.tensor([[0.6, 0.45, 0.01, 0.04], [0.1, 0.9, 0.3, 0.3]])
DISTANCE = 0.1 + 0.05 + math.log(2) + math.log(4)  # of the first pair; 0 of the second


def test_the_loss_by_hand():
    weight = torch.ones(2, 4)
    assert TinyL1Loss()(PRED, TARGET, weight, avg_factor=2).item() == pytest.approx(DISTANCE / 4)


def test_a_query_without_an_object_has_no_loss():
    target = TARGET.clone()
    target[0] = 0
    pred = PRED.clone()
    pred[0, 2] = 0  # a sigmoid in half precision
    pred.requires_grad_()
    weight = torch.tensor([[0.0], [1.0]]).expand(2, 4)
    loss = TinyL1Loss()(pred, target, weight, avg_factor=1)
    loss.backward()
    assert loss == 0
    assert pred.grad.isfinite().all()


def test_nothing_has_a_loss_of_0_with_a_gradient():
    pred = torch.zeros(0, 4, requires_grad=True)
    loss = TinyL1Loss()(pred, torch.zeros(0, 4), torch.zeros(0, 4), avg_factor=1)
    loss.backward()
    assert loss == 0


def test_gradient():
    def loss(pred):
        center, sides = pred.split(2, -1)
        return (torch.cat([center, sides.log()], -1) - log_sides(TARGET).double()).abs().sum()

    pred = (PRED + 0.013).double().requires_grad_()
    assert gradcheck(loss, pred)
    (expected,) = torch.autograd.grad(loss(pred), pred)
    (ours,) = torch.autograd.grad(
        TinyL1Loss(1.0)(pred, TARGET, torch.ones(2, 4), avg_factor=1), pred
    )
    assert torch.allclose(ours, expected)


def test_the_cost_is_the_loss_of_every_pair():
    sides = torch.tensor([200.0, 100, 200, 100])
    pixels = [
        InstanceData(
            bboxes=torch.cat([b[:, :2] - b[:, 2:] / 2, b[:, :2] + b[:, 2:] / 2], 1) * sides
        )
        for b in (PRED, TARGET[:1])
    ]
    cost = TinyL1Cost()(*pixels, dict(img_shape=(100, 200)))
    other = 0.5 + 0.45 + math.log(30) + math.log(7.5)
    assert cost.flatten().tolist() == pytest.approx([DISTANCE / 2, other / 2], rel=1e-4)
