"""Modulated deformable convolution for ``mmcv.ops`` by torchvision's operator.

Paper: Deformable ConvNets v2, arXiv:1811.11168, Eq. (1): the mask is a weight per sample.
"""

from __future__ import annotations

from torch import Tensor

from tinydet.ops.deform_conv import Geometry, convolve, differentiate


def _geometry(*, group: int, deformable_group: int, **sizes: int) -> Geometry:
    """Translate mmcv's keywords; only those of the groups differ from torchvision's."""
    steps = {name: sizes[name] for name in Geometry._fields if name in sizes}
    return Geometry(**steps, groups=group, deform_groups=deformable_group)


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
    """Write the convolution into ``output``; shapes as in :func:`differentiate`."""
    bias = bias if with_bias else None
    output.copy_(convolve(input, weight, offset, mask, bias, _geometry(**sizes)))


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
    """Write the gradients of all tensors, except that of a missing bias."""
    bias = bias if with_bias else None
    found = differentiate(grad_output, input, weight, offset, mask, bias, _geometry(**sizes))
    grad_input.copy_(found.input)
    grad_weight.copy_(found.weight)
    grad_offset.copy_(found.offset)
    grad_mask.copy_(found.mask)
    if with_bias:
        grad_bias.copy_(found.bias)
