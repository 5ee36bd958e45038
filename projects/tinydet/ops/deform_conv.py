"""Deformable convolutions for ``mmcv.ops`` by torchvision's operator.

Papers: Deformable Convolutional Networks, arXiv:1703.06211 (``deform_conv_*``, no mask), and
Deformable ConvNets v2, arXiv:1811.11168 (``modulated_deform_conv_*``, each sample has a weight).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tinydet.ops.precision import widened


class Geometry(NamedTuple):
    """What torchvision's operator takes after the tensors, in its order."""

    stride_h: int
    stride_w: int
    pad_h: int
    pad_w: int
    dilation_h: int
    dilation_w: int
    groups: int
    deform_groups: int


def _of_first(
    *,
    dH: int,  # noqa: N803
    dW: int,  # noqa: N803
    padH: int,  # noqa: N803
    padW: int,  # noqa: N803
    dilationH: int,  # noqa: N803
    dilationW: int,  # noqa: N803
    group: int,
    deformable_group: int,
    **_: int,
) -> Geometry:
    """Translate the keywords of ``deform_conv_*``.

    Left out are the kernel's size, which the weight has, and ``im2col_step``: how many images to
    unroll at a time is torchvision's own decision.
    """
    return Geometry(dH, dW, padH, padW, dilationH, dilationW, group, deformable_group)


def _of_second(*, group: int, deformable_group: int, **sizes: int) -> Geometry:
    """Translate the keywords of ``modulated_deform_conv_*``, whose names are torchvision's."""
    steps = {name: sizes[name] for name in Geometry._fields if name in sizes}
    return Geometry(**steps, groups=group, deform_groups=deformable_group)


class Gradients(NamedTuple):
    """What torchvision's operator returns, in its order."""

    input: Tensor
    weight: Tensor
    offset: Tensor
    mask: Tensor
    bias: Tensor


def _convolve(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    bias: Tensor | None,
    geometry: Geometry,
) -> Tensor:
    """Return the convolution, ``(B, O, H', W')``; arguments as in :func:`_differentiate`."""
    tensors = widened(input, weight, offset, *_optional(input, weight, mask, bias))
    return torch.ops.torchvision.deform_conv2d(*tensors, *geometry, mask is not None)


def _differentiate(
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
        gradient: Of the output, ``(B, O, H', W')``.
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
    """Replace what is absent by what torchvision's operator takes for it."""
    return (
        input.new_zeros(len(input), 1) if mask is None else mask,
        input.new_zeros(len(weight)) if bias is None else bias,
    )


def _forget_border(
    gradient: Tensor, offset: Tensor, kernel: tuple[int, int], geometry: Geometry
) -> None:
    """Set the gradient of samples that lie exactly one cell before the map to zero.

    The map is continued by zeros, so that the derivative jumps there. mmcv takes that of the
    outside, torchvision that of the inside. Offsets begin as zeros, which puts all samples of the
    padding on this line: it is where every training starts.

    Args:
        gradient: Of the offset; changed in place.
        offset: ``(B, deform_groups * kernel_h * kernel_w * 2, H', W')``.
        kernel: Height and width.
        geometry: Strides, padding, dilation and groups.
    """
    places = offset.unflatten(1, (-1, *kernel, 2))  # (B, groups, kernel_h, kernel_w, 2, H', W')
    height, width = offset.shape[2:]

    def grid(size: int, taps: int, stride: int, pad: int, dilation: int) -> Tensor:
        """Where each tap (row) lies without an offset, for each output cell (column)."""
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
    """Write the convolution into ``output``; shapes as in :func:`_differentiate`."""
    output.copy_(_convolve(input, weight, offset, None, None, _of_first(**sizes)))


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

    torchvision computes all gradients at once. That of the weight, which
    :func:`deform_conv_backward_parameters` is asked for next, is left in ``columns``, the scratch
    space that mmcv hands to both.
    """
    found = _differentiate(grad_output, input, weight, offset, None, None, _of_first(**sizes))
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

    Where neither input nor offset wanted a gradient, ``columns`` holds nothing yet. The weight
    itself is no argument, but its gradient does not depend on its value.
    """
    if columns.shape != grad_weight.shape:
        any_weight = torch.zeros_like(grad_weight)
        geometry = _of_first(**sizes)
        found = _differentiate(grad_output, input, any_weight, offset, None, None, geometry)
        columns.resize_(grad_weight.shape).copy_(found.weight)
    grad_weight.add_(columns, alpha=scale)
    columns.resize_(0)  # the next backward pass has another gradient


def modulated_deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    *,
    with_bias: bool,
    **sizes: int,
) -> None:
    """Write the convolution into ``output``; shapes as in :func:`_differentiate`."""
    bias = bias if with_bias else None
    output.copy_(_convolve(input, weight, offset, mask, bias, _of_second(**sizes)))


def modulated_deform_conv_backward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    *,
    with_bias: bool,
    **sizes: int,
) -> None:
    """Write the gradients of all tensors; that of an absent bias stays as it is."""
    bias = bias if with_bias else None
    found = _differentiate(grad_output, input, weight, offset, mask, bias, _of_second(**sizes))
    grad_input.copy_(found.input)
    grad_weight.copy_(found.weight)
    grad_offset.copy_(found.offset)
    grad_mask.copy_(found.mask)
    if with_bias:
        grad_bias.copy_(found.bias)
