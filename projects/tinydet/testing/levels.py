"""What a config tells a small host about levels of other channels than its own."""

from __future__ import annotations

from collections.abc import Sequence

from tinydet.testing.hosts import SMALL_YOLO, Host


def to_head(host: Host, channels: Sequence[int]) -> dict:
    """Return what a config writes for the head behind levels of these channels.

    Heads of mmdet and YOLOX' head have one width for all levels, that of the host's own neck.
    """
    if host.name not in ("YOLOv5", "YOLOv8"):
        return {}
    return dict(bbox_head=dict(head_module=dict(in_channels=_before_factor(channels))))


def to_neck(host: Host, channels: Sequence[int]) -> dict:
    """Return what a config writes for the neck and the head behind a backbone.

    Args:
        host: The host.
        channels: Channels of the backbone's levels, fine to coarse.
    """
    channels = list(channels)
    if channels == host.channels:
        return {}
    if host.family != "yolo":
        return dict(neck=dict(in_channels=channels))
    neck = dict(in_channels=_before_factor(channels))
    if host.name != "YOLOX":  # necks of YOLOv5 and YOLOv8 keep the channels of each level
        neck["out_channels"] = neck["in_channels"]
    return dict(neck=neck, **to_head(host, channels))


def _before_factor(channels: Sequence[int]) -> list[int]:
    """Return channels as mmyolo counts them, before the width factor."""
    return [round(count / SMALL_YOLO["widen_factor"]) for count in channels]
