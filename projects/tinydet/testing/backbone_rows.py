"""Rows of the support table: backbones in the place of the host's, with the same strides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mmengine.config import ConfigDict

from tinydet.testing.component import Component
from tinydet.testing.hosts import CHANNELS, SMALL_YOLO, Host
from tinydet.testing.levels import to_neck

STAGES = (1, 2, 3, 4)  # of mmyolo's backbones, of strides 4 to 32
LEVELS = (2, 3, 4, 5)  # of DLA, of these strides
STRIDES = (4, 8, 16, 32)


def _backbone(
    name: str,
    channels: Sequence[int] = CHANNELS,
    maps: Sequence[int] = STAGES,
    choice: str = "out_indices",
    **options: object,
) -> Callable[[Host, ConfigDict], dict]:
    """Put a backbone.

    Args:
        name: Its class.
        channels: Of its maps of strides 4 to 32.
        maps: What it calls these maps.
        choice: The argument that chooses among them.
        **options: Its other arguments.
    """

    def put(host: Host, _: ConfigDict) -> dict:
        used = len(host.channels)
        chosen = {choice: tuple(maps)[-used:]}
        own = dict(_delete_=True, type=f"tinydet.{name}", **chosen, **options)
        return dict(backbone=own, **to_neck(host, channels[-used:]))

    return put


BACKBONES = [
    Component(f"{title} backbone", f"tinydet.{name}", _backbone(name, **options), needs)
    for title, name, needs, options in (
        ("DLA", "DLA", "", dict(maps=LEVELS, base_channels=2)),
        ("GELAN", "GELAN", "mmyolo", dict(channels=[8, 16, 24, 32], widen_factor=1 / 4)),
        ("RemNet", "RemNet", "mmyolo", SMALL_YOLO),
        ("YOLOv10", "YOLOv10CSPDarknet", "mmyolo", SMALL_YOLO),
        ("YOLO11", "YOLO11CSPDarknet", "mmyolo", dict(channels=[16, 32, 32, 64], **SMALL_YOLO)),
        (
            "timm",
            "TIMMBackbone",
            "timm",
            dict(
                channels=[24, 48, 88, 176], maps=STRIDES, choice="strides", model_name="lcnet_035"
            ),
        ),
    )
]
