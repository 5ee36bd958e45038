"""Backbones of the YOLO family with LFF in place of the layers that halve the resolution.

Paper: LR-Net, CMC 85(2) 2025, doi 10.32604/cmc.2025.067763, Fig. 2, where the host is YOLOv8. The
stems are unchanged: in YOLOX ``Focus``, which loses no pixel, in the others a strided convolution.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmyolo.models import YOLOv5CSPDarknet, YOLOv8CSPDarknet, YOLOXCSPDarknet
from mmyolo.models.utils import make_divisible
from torch import nn

from tinydet.models.backbones.gelan import GELAN
from tinydet.models.backbones.yolo11_csp_darknet import YOLO11CSPDarknet
from tinydet.models.backbones.yolov10_csp_darknet import YOLOv10CSPDarknet
from tinydet.registry import MODELS


class LFFStages:
    """Mix-in for mmyolo's backbones that replaces the first layer of the stages.

    The other weights of a pretrained backbone load as usual, and the log names the missing weights.
    A changed stage must be trained: keep ``frozen_stages`` below that stage. With
    ``down_cfg=dict(kernel_size=3, init_from_strided=True)`` the replaced convolutions load too.

    Args:
        down_cfg: The layer that replaces a stage's stride-2 convolution. The layer gets the
            convolution's ``in_channels`` and ``out_channels`` and the backbone's ``norm_cfg`` and
            ``act_cfg``. The default ``type`` is LFF: ``dict(attention=None)`` is SPD-Conv.
        down_stages: Zero-based stages to change; all by default.
        **kwargs: All arguments of the backbone.

    Raises:
        ValueError: ``down_stages`` names a stage that the backbone does not have.
    """

    def __init__(
        self,
        down_cfg: dict = dict(type="tinydet.LFF"),
        down_stages: Sequence[int] | None = None,
        **kwargs,
    ) -> None:
        stages = len(self.arch_settings[kwargs.get("arch", "P5")])
        self.down_cfg = dict(type="tinydet.LFF") | dict(down_cfg)
        self.down_stages = tuple(range(stages) if down_stages is None else down_stages)
        if not set(self.down_stages) <= set(range(stages)):
            name = type(self).__name__
            raise ValueError(f"{name}: down_stages={down_stages} must lie in 0 … {stages - 1}")
        super().__init__(**kwargs)

    def build_stage_layer(self, stage_idx: int, setting: list) -> list[nn.Module]:
        stage = super().build_stage_layer(stage_idx, setting)
        if stage_idx in self.down_stages:
            # Each stage begins with a strided convolution, depthwise separable in YOLOX-nano.
            in_channels, out_channels = (
                make_divisible(channels, self.widen_factor) for channels in setting[:2]
            )
            stage[0] = MODELS.build(
                dict(
                    in_channels=in_channels,
                    out_channels=out_channels,
                    norm_cfg=self.norm_cfg,
                    act_cfg=self.act_cfg,
                    **self.down_cfg,
                )
            )
        return stage


@MODELS.register_module()
class YOLOv5LFFCSPDarknet(LFFStages, YOLOv5CSPDarknet):
    """:class:`mmyolo.models.YOLOv5CSPDarknet` with :class:`LFFStages`."""


@MODELS.register_module()
class YOLOv8LFFCSPDarknet(LFFStages, YOLOv8CSPDarknet):
    """:class:`mmyolo.models.YOLOv8CSPDarknet` with :class:`LFFStages`."""


@MODELS.register_module()
class YOLOXLFFCSPDarknet(LFFStages, YOLOXCSPDarknet):
    """:class:`mmyolo.models.YOLOXCSPDarknet` with :class:`LFFStages`.

    With ``use_depthwise=True`` (YOLOX-nano) the replaced convolutions are depthwise separable; the
    convolution of LFF is dense and costs four times as much as their pointwise part.
    """


@MODELS.register_module()
class LFFGELAN(LFFStages, GELAN):
    """:class:`tinydet.models.GELAN` of YOLOv9 with :class:`LFFStages`."""


@MODELS.register_module()
class YOLOv10LFFCSPDarknet(LFFStages, YOLOv10CSPDarknet):
    """:class:`tinydet.models.YOLOv10CSPDarknet` with :class:`LFFStages`."""


@MODELS.register_module()
class YOLO11LFFCSPDarknet(LFFStages, YOLO11CSPDarknet):
    """:class:`tinydet.models.YOLO11CSPDarknet` with :class:`LFFStages`."""
