"""YOLOv8's backbone with LFF in place of the strided convolutions at the stage entries.

Paper: LR-Net, CMC 85(2) 2025, doi 10.32604/cmc.2025.067763, Fig. 2. The stem stays strided.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmyolo.models import YOLOv8CSPDarknet
from torch import nn

from tinydet.registry import MODELS


@MODELS.register_module()
class YOLOv8LFFCSPDarknet(YOLOv8CSPDarknet):
    """CSPDarknet of YOLOv8 whose stages begin with a layer of choice.

    Args:
        down_cfg: The layer put in place of a stage's stride-2 convolution; it is given the
            convolution's ``in_channels`` and ``out_channels`` and the backbone's ``norm_cfg``
            and ``act_cfg``.
        down_stages: Zero-based stages that get it; the others keep their convolution.
        **kwargs: Everything :class:`mmyolo.models.YOLOv8CSPDarknet` takes.
    """

    def __init__(
        self,
        down_cfg: dict = dict(type="tinydet.LFF"),
        down_stages: Sequence[int] = (0, 1, 2, 3),
        **kwargs,
    ) -> None:
        self.down_cfg = down_cfg
        self.down_stages = tuple(down_stages)
        super().__init__(**kwargs)

    def build_stage_layer(self, stage_idx: int, setting: list) -> list[nn.Module]:
        stage = super().build_stage_layer(stage_idx, setting)
        if stage_idx in self.down_stages:
            conv = stage[0].conv  # the stride-2 convolution every stage begins with
            stage[0] = MODELS.build(
                dict(
                    in_channels=conv.in_channels,
                    out_channels=conv.out_channels,
                    norm_cfg=self.norm_cfg,
                    act_cfg=self.act_cfg,
                    **self.down_cfg,
                )
            )
        return stage
