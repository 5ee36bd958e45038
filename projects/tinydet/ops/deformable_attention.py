"""Multi-scale deformable attention for ``mmcv.ops.MultiScaleDeformableAttention``.

Paper: Deformable DETR, arXiv:2010.04159, Eq. (3).

On the CPU mmcv has the equation in torch; on a GPU it calls its own kernel. Here the same lines
serve both. The gradient computes them once more, so that nothing but the arguments is kept from the
forward to the backward pass; while one runs, it needs room for all samples of a layer,
``B * queries * levels * points * channels`` numbers, some three times over.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.ops.precision import widened


def ms_deform_attn_forward(
    value: Tensor,
    spatial_shapes: Tensor,
    level_start_index: Tensor,
    sampling_loc: Tensor,
    attn_weight: Tensor,
    *,
    im2col_step: int,
) -> Tensor:
    """Return the weighted sums of the sampled values.

    Args:
        value: All levels one after another, ``(B, cells, heads, channels)``.
        spatial_shapes: Height and width of each level, ``(L, 2)``.
        level_start_index: Follows from ``spatial_shapes``; not read.
        sampling_loc: x and y as fractions of a level, ``(B, Q, heads, L, points, 2)``.
        attn_weight: ``(B, Q, heads, L, points)``.
        im2col_step: How many images mmcv's kernel takes at a time; not read.

    Returns:
        ``(B, Q, heads * channels)``, of ``value``'s number format.
    """
    tensors = widened(value, sampling_loc, attn_weight)
    with _as_they_are(value):
        return _attend(spatial_shapes.tolist(), *tensors).to(value.dtype)


def ms_deform_attn_backward(
    value: Tensor,
    spatial_shapes: Tensor,
    level_start_index: Tensor,
    sampling_loc: Tensor,
    attn_weight: Tensor,
    grad_output: Tensor,
    grad_value: Tensor,
    grad_sampling_loc: Tensor,
    grad_attn_weight: Tensor,
    *,
    im2col_step: int,
) -> None:
    """Write the gradients; shapes as in :func:`ms_deform_attn_forward`."""
    tensors = [
        tensor.detach().requires_grad_() for tensor in widened(value, sampling_loc, attn_weight)
    ]
    with torch.enable_grad(), _as_they_are(value):
        output = _attend(spatial_shapes.tolist(), *tensors)
    found = torch.autograd.grad(output, tensors, grad_output.to(output))
    for tensor, gradient in zip(
        (grad_value, grad_sampling_loc, grad_attn_weight), found, strict=True
    ):
        tensor.copy_(gradient)


def _attend(shapes: list[list[int]], value: Tensor, places: Tensor, weights: Tensor) -> Tensor:
    """Return mmcv's equation; its import is late because mmcv imports this file's functions.

    mmcv takes the shapes from a tensor number by number, which on a GPU waits for it each time.
    """
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    return multi_scale_deformable_attn_pytorch(value, shapes, places, weights)


def _as_they_are(tensor: Tensor) -> torch.autocast:
    """Keep autocast from changing the number format."""
    return torch.autocast(tensor.device.type, enabled=False)
