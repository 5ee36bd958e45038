"""Focal losses, which mmcv has for GPUs alone, beside Eq. (5) in float64 and autograd."""

import math

import pytest
import torch
from comparing import calling
from mmcv.ops import sigmoid_focal_loss, softmax_focal_loss


def sigmoid_reference(logits, target, gamma, alpha, weight=None):
    """Eq. (5) for each class by itself; written with the logarithm of a sum, not of a sigmoid."""
    classes = torch.arange(logits.shape[1])
    true = target[:, None] == classes
    signed = torch.where(true, logits, -logits)
    log_p = -torch.logaddexp(torch.zeros_like(signed), -signed)
    factor = torch.where(true, alpha, 1 - alpha)
    loss = -factor * (1 - log_p.exp()) ** gamma * log_p
    if weight is not None:
        rows = [weight[t] if 0 <= t < len(weight) else weight.new_ones(()) for t in target.tolist()]
        loss = loss * torch.stack(rows)[:, None]
    return loss


def softmax_reference(logits, target, gamma, alpha, weight=None):
    log_p = logits.log_softmax(1)
    losses = []
    for row, label in zip(log_p, target.tolist(), strict=True):
        if label < 0:
            losses.append(0 * row.sum())
            continue
        loss = -alpha * (1 - row[label].exp()) ** gamma * row[label]
        losses.append(loss if weight is None else loss * weight[label])
    return torch.stack(losses)


CASES = {
    "sigmoid_focal_loss": (sigmoid_focal_loss, sigmoid_reference, 1),
    "softmax_focal_loss": (softmax_focal_loss, softmax_reference, 0),
}


def problem(background, spread=3.0, count=40, classes=5, dtype=torch.float32):
    """Logits and targets; every class, background as C (if there is one) and as -1."""
    generator = torch.Generator().manual_seed(0)
    logits = spread * torch.randn(count, classes, generator=generator)
    target = torch.arange(count) % (classes + 1 + background) - 1
    return logits.to(dtype), target


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0, 2.5])
@pytest.mark.parametrize("alpha", [0.25, 0.5, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_values_and_gradients(stand_in, ledger, name, gamma, alpha, weighted, reduction):
    function, reference, background = CASES[name]
    logits, target = problem(background)
    weight = torch.linspace(0.5, 2, 5) if weighted else None
    own = logits.clone().requires_grad_()
    exact = logits.double().requires_grad_()
    with calling(stand_in):
        found = function(own, target, gamma, alpha, weight, reduction)
        if reduction != "none":
            found.backward()
    expected = reference(exact, target, gamma, alpha, None if weight is None else weight.double())
    # mmcv's mean is over samples, whatever the number of classes.
    expected = {"none": expected, "sum": expected.sum(), "mean": expected.sum() / len(target)}
    ledger.values(name, found.detach(), expected[reduction].detach().float(), 2e-6)
    if reduction != "none":
        expected[reduction].backward()
        ledger.gradients(name, [own.grad], [exact.grad.float()], 2e-6)


@pytest.mark.parametrize("name", CASES)
def test_gradient(stand_in, name):
    function, _, background = CASES[name]
    logits, target = problem(background, count=7, classes=3, dtype=torch.float64)
    logits.requires_grad_()
    with calling(stand_in):
        assert torch.autograd.gradcheck(
            lambda x: function(x, target, 2.0, 0.25, None, "sum"), logits
        )


def test_numbers_by_hand(stand_in):
    # p = 1/2: the true class 0.25 / 4 ln 2, the other one 0.75 / 4 ln 2.
    with calling(stand_in):
        loss = sigmoid_focal_loss(
            torch.zeros(3, 2), torch.tensor([0, 2, -1]), 2, 0.25, None, "none"
        )
        assert (loss / math.log(2)).flatten().tolist() == pytest.approx(
            [1 / 16, 3 / 16, 3 / 16, 3 / 16, 3 / 16, 3 / 16]
        )
        # Three equal logits: 0.25 (2/3)^2 ln 3.
        loss = softmax_focal_loss(torch.zeros(2, 3), torch.tensor([1, -1]), 2, 0.25, None, "none")
        assert loss.tolist() == pytest.approx([0.25 * 4 / 9 * math.log(3), 0])


def test_large_logits(stand_in):
    """The loss of a wrong logit grows with it, and nothing overflows."""
    logits = torch.tensor([[-200.0], [-40], [0], [40], [200]]).requires_grad_()
    background = torch.ones(5, dtype=torch.long)
    with calling(stand_in):
        loss = sigmoid_focal_loss(logits, background, 2.0, 0.25, None, "none")
        loss = loss.detach().flatten().tolist()
        assert loss == pytest.approx([0, 0, 0.75 / 4 * math.log(2), 0.75 * 40, 0.75 * 200])
        sigmoid_focal_loss(logits, background, 2.0, 0.25, None, "sum").backward()
    assert logits.grad.flatten()[[0, 1, 3, 4]].tolist() == pytest.approx([0, 0, 0.75, 0.75])


@pytest.mark.parametrize("name", CASES)
def test_no_samples(stand_in, name):
    with calling(stand_in):
        logits = torch.zeros(0, 4, requires_grad=True)
        loss = CASES[name][0](logits, torch.zeros(0, dtype=torch.long), 2.0, 0.25, None, "sum")
        loss.backward()
    assert loss == 0
    assert logits.grad.shape == (0, 4)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(stand_in, name, dtype):
    function, _, background = CASES[name]
    logits, target = problem(background, dtype=dtype)
    own, wide = logits.clone(), logits.float()
    with calling(stand_in):
        found = function(own, target, 2.0, 0.25, None, "none")
        expected = function(wide, target, 2.0, 0.25, None, "none")
    assert found.dtype == dtype
    # mmcv takes the softmax in half before it calls the operator.
    torch.testing.assert_close(found.float(), expected, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("name", CASES)
def test_a_class_that_does_not_exist(stand_in, name):
    function, _, background = CASES[name]
    logits, target = problem(background)
    target[3] = 5 + background
    with calling(stand_in), pytest.raises(ValueError, match=f"target {target[3]} exceeds"):
        function(logits, target, 2.0, 0.25)


def test_the_compiled_one_has_no_cpu_kernel(compiled):
    """If this fails, the losses can be compared with it."""
    with (
        calling(compiled),
        pytest.raises(RuntimeError, match="implementation for device cpu not found"),
    ):
        sigmoid_focal_loss(torch.zeros(1, 1), torch.zeros(1, dtype=torch.long))
