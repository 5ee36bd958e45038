"""Multi-scale deformable attention for ``mmcv.ops.MultiScaleDeformableAttention``.

Paper: Deformable DETR, arXiv:2010.04159, Eq. (3).

mmcv implements the equation in torch on the CPU and by its own kernel on a GPU. Here, mmcv's torch
code serves both. The backward pass computes the equation again, so only the arguments are kept
after the forward pass. Either pass needs about three times the memory of all samples of a layer,
``B * queries * levels * points * channels`` numbers.
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
        value: Concatenated levels, ``(B, cells, heads, channels)``.
        spatial_shapes: Height and width of each level, ``(L, 2)``.
        level_start_index: Ignored; follows from ``spatial_shapes``.
        sampling_loc: x and y as fractions of a level, ``(B, Q, heads, L, points, 2)``.
        attn_weight: ``(B, Q, heads, L, points)``.
        im2col_step: Ignored; number of images that mmcv's kernel processes at a time.

    Returns:
        ``(B, Q, heads * channels)``, in the dtype of ``value``.
    """
    tensors = widened(value, sampling_loc, attn_weight)
    with _without_autocast(value):
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
    with torch.enable_grad(), _without_autocast(value):
        output = _attend(spatial_shapes.tolist(), *tensors)
    found = torch.autograd.grad(output, tensors, grad_output.to(output))
    for tensor, gradient in zip(
        (grad_value, grad_sampling_loc, grad_attn_weight), found, strict=True
    ):
        tensor.copy_(gradient)


def _attend(shapes: list[list[int]], value: Tensor, places: Tensor, weights: Tensor) -> Tensor:
    """Return the result of mmcv's torch code, imported late because mmcv imports this file.

    The shapes are a list, because mmcv would read them from a tensor one by one, which synchronizes
    with a GPU each time.
    """
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    return multi_scale_deformable_attn_pytorch(value, shapes, places, weights)


def _without_autocast(tensor: Tensor) -> torch.autocast:
    """Prevent autocast from changing the dtype."""
    return torch.autocast(tensor.device.type, enabled=False)
