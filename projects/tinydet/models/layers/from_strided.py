"""A strided convolution as a convolution on the four phases, with rearranged weights.

Output ``i`` of a convolution with stride 2 and tap ``t`` reads pixel ``2 i + t - k // 2``. With
``t - k // 2 = 2 q + p``, ``p`` in {0, 1}, that is pixel ``i + q`` of phase ``p``. So a 3x3 with
stride 2 equals a 3x3 without stride on :func:`tinydet.models.layers.lff.space_to_depth`, with zeros
at the other taps. A pretrained network thus computes the same when LFF replaces its strided
convolutions.
"""

from __future__ import annotations

from torch import Tensor, nn


def phases_of_strided(weight: Tensor, kernel_size: int) -> Tensor:
    """Rearrange the weights of a convolution with stride 2 and padding ``k // 2``.

    Args:
        weight: ``(C_out, C, k, k)`` with an odd ``k`` of at most ``kernel_size``.
        kernel_size: Kernel of the convolution on the phases.

    Returns:
        ``(C_out, 4 C, kernel_size, kernel_size)``.
    """
    out_channels, channels, size, _ = weight.shape
    moved = weight.new_zeros(out_channels, 2, 2, channels, kernel_size, kernel_size)
    middle = kernel_size // 2
    places = [divmod(tap - size // 2, 2) for tap in range(size)]
    for row, (down, row_phase) in enumerate(places):
        for column, (right, column_phase) in enumerate(places):
            taps = weight[..., row, column]
            moved[:, row_phase, column_phase, :, middle + down, middle + right] = taps
    return moved.flatten(1, 3)


def take_strided(layer: nn.Module, state: dict[str, Tensor], prefix: str, *_) -> None:
    """Rename and rearrange the weights of the strided convolution that LFF replaces.

    A hook of ``register_load_state_dict_pre_hook``. The state contains the convolution under LFF's
    name, alone or as mmcv's ``ConvModule`` with its norm. A convolution of other channels, or with
    a kernel larger than LFF's, is left unchanged, and loading reports an unexpected key.

    Args:
        layer: LFF.
        state: The state dict to load; changed in place.
        prefix: LFF's name in the state, with a dot at the end.
    """
    own = layer.fuse.conv.weight
    alone = f"{prefix}weight" in state
    key = f"{prefix}weight" if alone else f"{prefix}conv.weight"
    weight = state.get(key)
    if weight is None or weight.dim() != 4 or not _fits(weight, own):
        return
    state[key] = phases_of_strided(weight, own.shape[-1])
    new = f"{prefix}fuse.conv." if alone else f"{prefix}fuse."
    for name in [name for name in state if name.startswith(prefix)]:
        state[new + name[len(prefix) :]] = state.pop(name)


def _fits(weight: Tensor, own: Tensor) -> bool:
    out_channels, channels, height, width = weight.shape
    right = (out_channels, 4 * channels) == tuple(own.shape[:2])
    return right and height == width <= own.shape[-1] and height % 2 == 1
