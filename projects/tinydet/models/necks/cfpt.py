"""CFPT, cross-layer feature pyramid transformer: a pyramid without upsampling.

Paper: arXiv:2407.19696. Laterals of equal width go through attention by channel, then by position,
over all levels at once (:mod:`tinydet.models.layers.cross_layer_attention`), and are added to the
result. The public code (duzw9311/CFPT) was read for facts; ours takes maps of any size, where the
code needs sides that the coarsest stride divides.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule, ModuleList
from torch import Tensor

from tinydet.arguments import check_count
from tinydet.errors import InputError
from tinydet.models.layers.cross_layer_attention import (
    CrossLayerChannelAttention,
    CrossLayerSpatialAttention,
)
from tinydet.registry import MODELS


@MODELS.register_module()
class CFPT(BaseModule):
    """A pyramid whose levels attend to each other, in place of an FPN.

    ::

        model = dict(
            neck=dict(_delete_=True, type="tinydet.CFPT", in_channels=[256, 512, 1024, 2048])
        )

    Args:
        in_channels: Channels of the backbone's levels, fine to coarse.
        out_channels: Channels of every output.
        start_level: The first level that is used: 1 for a pyramid from stride 8.
        num_outs: Outputs. Levels beyond those of the backbone come from strided convolutions: of
            the backbone's last level up to ``attention_levels``, then of the last output.
        attention_levels: Levels that attend to each other. The tokens of a window grow four times
            with each, and the memory for a window with their square.
        num_heads: Heads of both attentions.
        mlp_ratio: Hidden channels of the MLPs as a multiple of ``out_channels``.
        reduction: Queries, keys and values have ``out_channels / reduction`` channels.
        norm_cfg: Norm of the laterals and of the strided convolutions.
        as_published: Repeat the faults of the public code: two of the position bias, see
            :mod:`tinydet.models.layers.cross_layer_bias`, and windows of channels across queries,
            keys and values.
        init_cfg: Initialization of mmengine.

    Shape:
        - input: a tuple of ``(B, in_channels[l], H_l, W_l)``, each level half as high and wide as
          the one before, rounded up
        - output: a tuple of ``num_outs`` times ``(B, out_channels, H_l, W_l)``

    Raises:
        ValueError: ``num_heads`` or ``reduction`` is no positive integer.
        InputError: ``num_heads * reduction`` does not divide ``out_channels``, ``start_level`` is
            no level, or ``num_outs`` and ``attention_levels`` leave levels of the backbone out.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: int = 256,
        start_level: int = 1,
        num_outs: int = 5,
        attention_levels: int = 4,
        num_heads: int = 4,
        mlp_ratio: float = 2.0,
        reduction: int = 4,
        norm_cfg: dict = dict(type="BN"),
        as_published: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        for name, count in (("num_heads", num_heads), ("reduction", reduction)):
            check_count(self, name, count)
        if out_channels % (num_heads * reduction):
            raise InputError(
                f"CFPT: num_heads={num_heads} times reduction={reduction} must divide "
                f"out_channels={out_channels}"
            )
        used = list(in_channels)[start_level:] if start_level >= 0 else []
        if not used or not len(used) <= attention_levels <= num_outs:
            raise InputError(
                f"CFPT: the {len(used)} levels from start_level={start_level} of in_channels="
                f"{list(in_channels)} must be at least 1 and at most attention_levels="
                f"{attention_levels}, and these at most num_outs={num_outs}"
            )
        self.start_level, self.attention_levels = start_level, attention_levels
        self.laterals = ModuleList(
            ConvModule(channels, out_channels, 1, norm_cfg=norm_cfg) for channels in used
        )
        extra = num_outs - len(used)
        first = used[-1] if attention_levels > len(used) else out_channels
        self.strided = ModuleList(
            ConvModule(channels, out_channels, 3, stride=2, padding=1, norm_cfg=norm_cfg)
            for channels in [first, *[out_channels] * (extra - 1)][:extra]
        )
        options = (out_channels, attention_levels, num_heads, mlp_ratio, reduction, as_published)
        self.by_channel = CrossLayerChannelAttention(*options)
        self.by_position = CrossLayerSpatialAttention(*options)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        inputs = inputs[self.start_level :]
        levels = [lateral(x) for lateral, x in zip(self.laterals, inputs, strict=True)]
        coarser = list(self.strided)
        while len(levels) < self.attention_levels:
            last = inputs[-1] if len(levels) == len(inputs) else levels[-1]
            levels.append(coarser.pop(0)(last))
        attended = self.by_position(self.by_channel(levels))
        outputs = [level + result for level, result in zip(levels, attended, strict=True)]
        for strided in coarser:
            outputs.append(strided(outputs[-1]))
        return tuple(outputs)
