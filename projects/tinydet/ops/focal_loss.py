"""Focal loss for ``mmcv.ops.sigmoid_focal_loss`` and ``softmax_focal_loss``.

Paper: Focal Loss for Dense Object Detection, arXiv:1708.02002, Eq. (5):
``-alpha (1 - p)^gamma log(p)`` for the probability ``p`` of what is true.

mmcv has these for GPUs alone. Its kernel takes the logarithm of ``1 - p`` in float32, where it is
cut off at -87 from a logit of 17 on; here it comes from the logit itself and stays exact.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from tinydet.ops.precision import widened


def sigmoid_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, *, gamma: float, alpha: float
) -> None:
    """Write the loss of each sample and class into ``output``.

    Args:
        input: Logits, ``(N, C)``.
        target: Classes, ``(N,)``, int64; ``C`` and negative numbers stand for background.
        weight: Factor of all losses of a sample, by its class, ``(C,)``; or empty. Background has
            no entry and the factor 1 (mmcv reads beyond the end of the tensor).
        output: ``(N, C)``.
        gamma: Exponent of the factor that takes easy samples out.
        alpha: Weight of the true class; the others have ``1 - alpha``.

    Raises:
        ValueError: A target exceeds ``C``.
    """
    _check_targets(target, input.shape[1])
    (logits,) = widened(input)
    true = _is_true(target, input.shape[1])
    positive = -alpha * (-logits).sigmoid() ** gamma * F.logsigmoid(logits)
    negative = -(1 - alpha) * logits.sigmoid() ** gamma * F.logsigmoid(-logits)
    output.copy_(positive.where(true, negative) * _factors(target, weight)[:, None])


def sigmoid_focal_loss_backward(
    input: Tensor, target: Tensor, weight: Tensor, grad_input: Tensor, *, gamma: float, alpha: float
) -> None:
    """Write the derivative of each loss by its logit into ``grad_input``, ``(N, C)``.

    The rest is as in :func:`sigmoid_focal_loss_forward`. With ``p = sigmoid(x)`` and ``q = 1 - p``
    the derivative of ``q^gamma log(p)`` is ``q^gamma (q - gamma p log(p))``.
    """
    (logits,) = widened(input)
    true = _is_true(target, input.shape[1])
    p, q = logits.sigmoid(), (-logits).sigmoid()
    positive = -alpha * q**gamma * (q - gamma * p * F.logsigmoid(logits))
    negative = -(1 - alpha) * p**gamma * (gamma * q * F.logsigmoid(-logits) - p)
    grad_input.copy_(positive.where(true, negative) * _factors(target, weight)[:, None])


def softmax_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, *, gamma: float, alpha: float
) -> None:
    """Write the loss of each sample into ``output``.

    Args:
        input: Probabilities, the softmax of the logits, ``(N, C)``.
        target: Classes, ``(N,)``, int64; a sample whose class is negative has no loss.
        weight: Factor by class, ``(C,)``; or empty.
        output: ``(N,)``.
        gamma: Exponent of the factor that takes easy samples out.
        alpha: Weight of all samples.

    Raises:
        ValueError: A target is ``C`` or more: there is no probability of background.
    """
    _check_targets(target, input.shape[1] - 1)
    p, counts = _true_probability(input, target)
    loss = -alpha * (1 - p) ** gamma * p.log()
    output.copy_((loss * _factors(target, weight)).where(counts, 0))


def softmax_focal_loss_backward(
    input: Tensor,
    target: Tensor,
    weight: Tensor,
    buff: Tensor,
    grad_input: Tensor,
    *,
    gamma: float,
    alpha: float,
) -> None:
    """Write the derivative of each loss by the logits into ``grad_input``, ``(N, C)``.

    The rest is as in :func:`softmax_focal_loss_forward`. ``buff``, ``(N,)``, is given the loss's
    derivative by ``log(p)``.
    """
    p, counts = _true_probability(input, target)
    by_log = alpha * (gamma * (1 - p) ** (gamma - 1) * p * p.log() - (1 - p) ** gamma)
    buff.copy_((by_log * _factors(target, weight)).where(counts, 0))
    true = _is_true(target, input.shape[1])
    grad_input.copy_(buff[:, None] * (true.to(p) - input))


def _check_targets(target: Tensor, highest: int) -> None:
    """Refuse classes that do not exist, as mmcv does before it launches the kernel."""
    if len(target) and (found := int(target.max())) > highest:
        raise ValueError(f"focal loss: target {found} exceeds {highest}, the highest of this loss")


def _is_true(target: Tensor, classes: int) -> Tensor:
    """Tell which entries of ``(N, C)`` are of their sample's class."""
    return target[:, None] == torch.arange(classes, device=target.device)


def _true_probability(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the probability of each sample's class, and whether it has one, ``(N,)`` each.

    As in mmcv, the probability is at least float32's smallest: its logarithm is finite.
    """
    (probabilities,) = widened(input)
    own = probabilities.gather(1, target.clamp(min=0)[:, None]).squeeze(1)
    return own.clamp(min=torch.finfo(torch.float32).tiny), target >= 0


def _factors(target: Tensor, weight: Tensor) -> Tensor:
    """Return the factor of each sample, ``(N,)``."""
    if not weight.numel():
        return target.new_ones(len(target), dtype=weight.dtype)
    (weight,) = widened(weight)
    known = (target >= 0) & (target < len(weight))
    return weight[target.where(known, 0)].where(known, 1)
