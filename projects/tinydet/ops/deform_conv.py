"""Deformable convolution for ``mmcv.ops`` by torchvision's operator.

Paper: Deformable Convolutional Networks, arXiv:1703.06211, Eq. (2).

``modulated_deform_conv.py``, the second version, uses the functions of this file.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tinydet.ops.precision import widened


class Geometry(NamedTuple):
    """The arguments of torchvision's operator after the tensors, in order."""

    stride_h: int
    stride_w: int
    pad_h: int
    pad_w: int
    dilation_h: int
    dilation_w: int
    groups: int
    deform_groups: int


def _geometry(
    *,
    dH: int,
    dW: int,
    padH: int,
    padW: int,
    dilationH: int,
    dilationW: int,
    group: int,
    deformable_group: int,
    **_: int,
) -> Geometry:
    """Translate the keywords of ``deform_conv_*``.

    The kernel's size is ignored, because the weight has the same shape, and so is ``im2col_step``,
    because torchvision decides itself how many images to unroll at a time.
    """
    return Geometry(dH, dW, padH, padW, dilationH, dilationW, group, deformable_group)


class Gradients(NamedTuple):
    """The results of torchvision's operator, in order."""

    input: Tensor
    weight: Tensor
    offset: Tensor
    mask: Tensor
    bias: Tensor


def convolve(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
) -> Tensor:
    """Return the convolution, ``(B, O, H', W')``; arguments as in :func:`differentiate`."""
    tensors = widened(input, weight, offset, *_optional(input, weight, mask, bias))
    return torch.ops.torchvision.deform_conv2d(*tensors, *geometry, mask is not None)


def differentiate(
    gradient: Tensor,
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
) -> Gradients:
    """Return the gradients of all tensors.

    Args:
        gradient: Gradient of the output, ``(B, O, H', W')``.
        input: ``(B, C, H, W)``.
        weight: ``(O, C / groups, kernel_h, kernel_w)``.
        offset: In cells, y before x, ``(B, deform_groups * kernel_h * kernel_w * 2, H', W')``.
        mask: ``(B, deform_groups * kernel_h * kernel_w, H', W')``, or None.
        bias: ``(O,)``, or None.
        geometry: Strides, padding, dilation and groups.
    """
    tensors = widened(input, weight, offset, *_optional(input, weight, mask, bias))
    found = Gradients(
        *torch.ops.torchvision._deform_conv2d_backward(
            gradient.to(tensors[0]), *tensors, *geometry, mask is not None
        )
    )
    _forget_border(found.offset, tensors[2], weight.shape[2:], geometry)
    return found


def _optional(
    input: Tensor, weight: Tensor, mask: Tensor | None, bias: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Replace a missing mask or bias by the tensor that torchvision's operator expects instead."""
    return (
        input.new_zeros(len(input), 1) if mask is None else mask,
        input.new_zeros(len(weight)) if bias is None else bias,
    )


def _forget_border(
    gradient: Tensor, offset: Tensor, kernel: tuple[int, int], geometry: Geometry
) -> None:
    """Set the gradient of samples that are exactly one cell before the map to zero.

    The map is padded with zeros, so the derivative jumps there. mmcv uses the outer derivative,
    torchvision the inner. Every training starts with zero offsets, which put all samples of the
    padding at this position.

    Args:
        gradient: Gradient of the offset; changed in place.
        offset: ``(B, deform_groups * kernel_h * kernel_w * 2, H', W')``.
        kernel: Height and width.
        geometry: Strides, padding, dilation and groups.
    """
    places = offset.unflatten(1, (-1, *kernel, 2))  # (B, groups, kernel_h, kernel_w, 2, H', W')
    height, width = offset.shape[2:]

    def grid(size: int, taps: int, stride: int, pad: int, dilation: int) -> Tensor:
        """Return the position of each tap (row) for each output cell (column) without offset."""
        cells = torch.arange(size, device=offset.device, dtype=offset.dtype) * stride - pad
        steps = torch.arange(taps, device=offset.device, dtype=offset.dtype) * dilation
        return steps[:, None] + cells

    g = geometry
    y = grid(height, kernel[0], g.stride_h, g.pad_h, g.dilation_h)[:, None, :, None]
    x = grid(width, kernel[1], g.stride_w, g.pad_w, g.dilation_w)[:, None, :]
    found = gradient.view_as(places)
    found[..., 0, :, :].masked_fill_(places[..., 0, :, :] + y == -1, 0)
    found[..., 1, :, :].masked_fill_(places[..., 1, :, :] + x == -1, 0)


def deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    output: Tensor,
    columns: Tensor,
    ones: Tensor,
    **sizes: int,
) -> None:
    """Write the convolution into ``output``; shapes as in :func:`differentiate`."""
    output.copy_(convolve(input, weight, offset, None, None, _geometry(**sizes)))


def deform_conv_backward_input(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_input: Tensor,
    grad_offset: Tensor,
    weight: Tensor,
    columns: Tensor,
    **sizes: int,
) -> None:
    """Write the gradients of ``input`` and ``offset``.

    torchvision computes all gradients at once. The gradient of the weight is stored in ``columns``,
    the scratch space that mmcv passes to this function and to
    :func:`deform_conv_backward_parameters`, which is called next.
    """
    found = differentiate(grad_output, input, weight, offset, None, None, _geometry(**sizes))
    grad_input.copy_(found.input)
    grad_offset.copy_(found.offset)
    columns.resize_(found.weight.shape).copy_(found.weight)


def deform_conv_backward_parameters(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_weight: Tensor,
    columns: Tensor,
    ones: Tensor,
    *,
    scale: float,
    **sizes: int,
) -> None:
    """Add ``scale`` times the gradient of the weight to ``grad_weight``.

    ``columns`` is empty if neither input nor offset requires a gradient. The gradient of the weight
    does not depend on the value of the weight, which mmcv does not pass.
    """
    if columns.shape != grad_weight.shape:
        any_weight = torch.zeros_like(grad_weight)
        geometry = _geometry(**sizes)
        found = differentiate(grad_output, input, any_weight, offset, None, None, geometry)
        columns.resize_(grad_weight.shape).copy_(found.weight)
    grad_weight.add_(columns, alpha=scale)
    columns.resize_(0)  # the next backward pass has another gradient
