"""Rows of the support table: necks, backbones, heads and detectors."""

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

LEVELS = (1, 2, 3, 4)  # stages of strides 4 to 32


def _sarl(host: Host, model: ConfigDict) -> dict:
    relay = dict(type="tinydet.SARL", in_channels=host.channels)
    start = model.neck.get("start_level", 0)
    if start:
        relay["start_level"] = start
    return dict(neck=[relay, model.neck])


def _cfpt(host: Host, model: ConfigDict) -> dict | str:
    if host.family == "yolo":
        return "CFPT's levels have one width, mmyolo's heads ask for one a level"
    start = model.neck.get("start_level", 0)
    neck = dict(type="tinydet.CFPT", in_channels=host.channels, start_level=start)
    return dict(neck=dict(neck, _delete_=True, out_channels=WIDTH))


def _srtod(host: Host, model: ConfigDict) -> dict:
    stride = 8 if host.family == "yolo" or model.neck.get("start_level", 0) else 4
    channels = host.channels[0] if host.family == "yolo" else WIDTH
    return dict(neck=[model.neck, dict(type="tinydet.SRTOD", channels=channels, stride=stride)])


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


def _yolov10_backbone(host: Host, _: ConfigDict) -> dict:
    """Return the backbone with the channels of the host's small backbone."""
    own = dict(_delete_=True, type="tinydet.YOLOv10CSPDarknet", deepen_factor=0.01)
    return dict(backbone=dict(own, widen_factor=1 / 16, out_indices=LEVELS[-len(host.channels) :]))


def _yolov10_head(host: Host, _: ConfigDict) -> dict | str:
    if host.name != "YOLOv8":
        return "the two matchings of YOLOv10 are task-aligned, which only YOLOv8's head is"
    assigner = dict(type="tinydet.TaskAlignedAssigner")
    return dict(bbox_head=dict(type="tinydet.YOLOv10Head"), train_cfg=dict(assigner=assigner))


def _auxiliary(host: Host, model: ConfigDict) -> dict | str:
    if host.family != "yolo":
        return "the auxiliary branch belongs to mmyolo's detector"
    return dict(type="tinydet.AuxiliaryDetector", auxiliary_neck=model.neck)


ARCHITECTURE = [
    Component("SARL", "tinydet.SARL", _sarl),
    Component("CFPT", "tinydet.CFPT", _cfpt),
    Component("SR-TOD", "tinydet.SRTOD", _srtod),
    Component("DN-FPN", "tinydet.DNFPN", _dnfpn),
    Component("LFF", "LFF", _lff("simam")),
    Component("SPD-Conv", "LFF", _lff(None)),
    Component("YOLOv10 backbone", "tinydet.YOLOv10CSPDarknet", _yolov10_backbone),
    Component("YOLOv10 head", "tinydet.YOLOv10Head", _yolov10_head),
    Component("YOLOv9 auxiliary branch", "tinydet.AuxiliaryDetector", _auxiliary),
]
