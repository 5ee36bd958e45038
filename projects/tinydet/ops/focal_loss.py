"""Focal loss for ``mmcv.ops.sigmoid_focal_loss`` and ``softmax_focal_loss``.

Paper: Focal Loss for Dense Object Detection, arXiv:1708.02002, Eq. (5):
``-alpha (1 - p)^gamma log(p)`` for the probability ``p`` of the true class.

mmcv has these losses only for GPUs. Its kernel computes the logarithm of ``1 - p`` in float32,
which saturates at -87 from a logit of 17 on; here, the logarithm is computed from the logit and
stays exact.
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
        weight: Factor of all losses of a sample by its class, ``(C,)``; or empty. Background has
            the factor 1 (mmcv reads beyond the end of the tensor).
        output: ``(N, C)``.
        gamma: Exponent of the factor that suppresses easy samples.
        alpha: Weight of the true class; other classes have ``1 - alpha``.

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

    Other arguments are as in :func:`sigmoid_focal_loss_forward`. With ``p = sigmoid(x)`` and
    ``q = 1 - p``, the derivative of ``q^gamma log(p)`` is ``q^gamma (q - gamma p log(p))``.
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
        gamma: Exponent of the factor that suppresses easy samples.
        alpha: Weight of all samples.

    Raises:
        ValueError: A target is ``C`` or more; softmax has no probability of background.
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

    Other arguments are as in :func:`softmax_focal_loss_forward`. ``buff``, ``(N,)``, receives the
    derivative of the loss by ``log(p)``.
    """
    p, counts = _true_probability(input, target)
    by_log = alpha * (gamma * (1 - p) ** (gamma - 1) * p * p.log() - (1 - p) ** gamma)
    buff.copy_((by_log * _factors(target, weight)).where(counts, 0))
    true = _is_true(target, input.shape[1])
    grad_input.copy_(buff[:, None] * (true.to(p) - input))


def _check_targets(target: Tensor, highest: int) -> None:
    """Refuse targets beyond the highest class, as mmcv does before it launches the kernel."""
    if len(target) and (found := int(target.max())) > highest:
        raise ValueError(f"focal loss: target {found} exceeds {highest}, the highest of this loss")


def _is_true(target: Tensor, classes: int) -> Tensor:
    """Return the mask ``(N, C)`` of the entries of each sample's class."""
    return target[:, None] == torch.arange(classes, device=target.device)


def _true_probability(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return each sample's probability of its class, and the mask of valid targets, ``(N,)``.

    As in mmcv, probabilities are clamped to float32's smallest number, so logarithms are finite.
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
