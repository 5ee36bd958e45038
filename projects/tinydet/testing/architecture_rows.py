"""Rows of the support table: necks and backbones."""

from __future__ import annotations

from collections.abc import Callable

from mmengine.config import ConfigDict

from tinydet.testing.component import Component
from tinydet.testing.hosts import WIDTH, Host

LFF_BACKBONES = {
    "ResNet": "tinydet.LFFResNet",
    "YOLOv5CSPDarknet": "tinydet.YOLOv5LFFCSPDarknet",
    "YOLOXCSPDarknet": "tinydet.YOLOXLFFCSPDarknet",
    "YOLOv8CSPDarknet": "tinydet.YOLOv8LFFCSPDarknet",
}


def _sarl(host: Host, model: ConfigDict) -> dict:
    relay = dict(type="tinydet.SARL", in_channels=host.channels)
    start = model.neck.get("start_level", 0)
    if start:
        relay["start_level"] = start
    return dict(neck=[relay, model.neck])


def _dnfpn(host: Host, model: ConfigDict) -> dict:
    neck = dict(_delete_=True, type="tinydet.DNFPN", neck=model.neck)
    if host.family == "yolo":  # mmyolo's necks know their channels before the widen_factor
        widths = [WIDTH] * 3 if host.name == "YOLOX" else host.channels
        neck |= dict(in_channels=host.channels, out_channels=widths)
    return dict(neck=neck)


def _lff(attention: str | None) -> Callable[[Host, ConfigDict], dict]:
    def put(host: Host, model: ConfigDict) -> dict:
        backbone = dict(type=LFF_BACKBONES[model.backbone.type])
        if attention is None and host.family == "yolo":
            backbone["down_cfg"] = dict(attention=None)
        elif attention is None:
            backbone["attention"] = None
        return dict(backbone=backbone)

    return put


ARCHITECTURE = [
    Component("SARL", "tinydet.SARL", _sarl),
    Component("DN-FPN", "tinydet.DNFPN", _dnfpn),
    Component("LFF", "LFF", _lff("simam")),
    Component("SPD-Conv", "LFF", _lff(None)),
]
