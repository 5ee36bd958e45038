"""Theoretical receptive field of each pyramid level of a ResNet, computed from the layers.

Each layer adds ``(kernel - 1) * jump`` to the side r of the field, where the jump is the product of
the strides before the layer. RFLA (arXiv:2208.08738) uses this field. For ResNet-50:
35, 91, 267, 427, 555 and 811 px on P2 to P7.

As in RFLA the convolutions of neck and head do not count, and a level above the backbone's last is
a subsampling followed by one 3x3 convolution.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmdet.models import ResNet
from mmdet.models.backbones.resnet import BasicBlock

from tinydet.arguments import check_choice

STEM = [(7, 2), (3, 2)]  # kernel and stride of the first convolution and of the pooling
BEYOND = [(1, 2), (3, 1)]  # of a level above the backbone
FIRST_LEVEL, LAST_STAGE = 2, 5  # P2 has stride 4


def receptive_fields(depth: int, strides: list[int], style: str = "pytorch") -> list[int]:
    """Return the side of the receptive field of pyramid levels, px.

    Args:
        depth: Depth of the ResNet: 18, 34, 50, 101 or 152.
        strides: Strides of the levels, each a power of 2 from 4 on.
        style: ``"pytorch"``, or ``"caffe"`` if the first 1x1 convolution of a stage has the stride.

    Raises:
        ValueError: The depth or the style is unknown, or no level has one of the strides.
    """
    check_choice("receptive_fields", "depth", depth, ResNet.arch_settings)
    check_choice("receptive_fields", "style", style, ("pytorch", "caffe"))
    levels = [int(stride).bit_length() - 1 for stride in strides]
    for stride, level in zip(strides, levels, strict=True):
        if stride != 2**level or level < FIRST_LEVEL:
            raise ValueError(
                f"receptive_fields: strides={strides!r}: {stride!r} is no power of 2 from 4 on"
            )
    side, jump, sides = 1, 1, []
    for level in range(1, max(levels) + 1):
        for kernel, stride in layers(depth, level, style):
            side += (kernel - 1) * jump
            jump *= stride
        sides.append(side)
    return [sides[level - 1] for level in levels]


def layers(depth: int, level: int, style: str) -> Iterator[tuple[int, int]]:
    """Yield kernel and stride of the layers between level ``level - 1`` and ``level``.

    Level 1 is the stem; P2, the first stage, has its stride already.
    """
    if level < FIRST_LEVEL:
        yield from STEM
        return
    if level > LAST_STAGE:
        yield from BEYOND
        return
    block, blocks = ResNet.arch_settings[depth]
    for number in range(blocks[level - FIRST_LEVEL]):
        stride = 2 if number == 0 and level > FIRST_LEVEL else 1
        if block is BasicBlock:
            yield from [(3, stride), (3, 1)]
        elif style == "pytorch":
            yield from [(1, 1), (3, stride), (1, 1)]
        else:
            yield from [(1, stride), (3, 1), (1, 1)]
