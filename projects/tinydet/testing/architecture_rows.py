"""Rows of the support table: necks, and layers in the host's backbone."""

from __future__ import annotations

from collections.abc import Callable

from mmengine.config import ConfigDict

from tinydet.testing.component import Component
from tinydet.testing.hosts import CHANNELS, WIDTH, Host
from tinydet.testing.levels import to_head

LFF_BACKBONES = {
    "ResNet": "tinydet.LFFResNet",
    "YOLOv5CSPDarknet": "tinydet.YOLOv5LFFCSPDarknet",
    "YOLOXCSPDarknet": "tinydet.YOLOXLFFCSPDarknet",
    "YOLOv8CSPDarknet": "tinydet.YOLOv8LFFCSPDarknet",
}

GROUPS = dict(type="GN", num_groups=4, requires_grad=True)  # for the small widths
RANGES = ((-1, 64), (64, 128), (128, 1e8))  # px; FSANet's, of strides 8 to 32


def _sarl(host: Host, model: ConfigDict) -> dict:
    relay = dict(type="tinydet.SARL", in_channels=host.channels)
    start = model.neck.get("start_level", 0)
    if start:
        relay["start_level"] = start
    return dict(neck=[relay, model.neck])


def _cfpt(host: Host, model: ConfigDict) -> dict:
    start = model.neck.get("start_level", 0)
    neck = dict(type="tinydet.CFPT", in_channels=host.channels, start_level=start)
    neck |= dict(_delete_=True, out_channels=WIDTH)
    if host.family != "yolo":
        return dict(neck=neck)
    return dict(neck=dict(neck, num_outs=3, attention_levels=3), **to_head(host, [WIDTH] * 3))


def _align_fpn(host: Host, _: ConfigDict) -> dict:
    """Put a pyramid with a level for each of the backbone's, where FPN has more."""
    neck = dict(_delete_=True, type="tinydet.AlignFPN", out_channels=WIDTH, norm_cfg=GROUPS)
    if host.family == "yolo":
        return dict(neck=dict(neck, in_channels=host.channels), **to_head(host, [WIDTH] * 3))
    if host.family == "two-stage":
        anchors = dict(anchor_generator=dict(strides=[4, 8, 16, 32]))
        return dict(neck=dict(neck, in_channels=CHANNELS), rpn_head=anchors)
    strides = [8, 16, 32]
    head = dict(anchor_generator=dict(strides=strides))
    if host.name == "FCOS":
        head = dict(strides=strides, regress_ranges=RANGES)
    return dict(
        backbone=dict(out_indices=(1, 2, 3)),
        neck=dict(neck, in_channels=CHANNELS[1:]),
        bbox_head=head,
    )


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


def _biformer(host: Host, _: ConfigDict) -> dict:
    plugin = dict(cfg=dict(type="tinydet.BiFormerBlock"), stages=(False, False, False, True))
    if host.family == "yolo":
        return dict(backbone=dict(plugins=[plugin]))
    # mmdet's ResNet-18 takes no plug-ins; this ResNet-50 has the same channels.
    plugin["position"] = "after_conv3"
    return dict(backbone=dict(depth=50, base_channels=CHANNELS[0] // 4, plugins=[plugin]))


ARCHITECTURE = [
    Component("SARL", "tinydet.SARL", _sarl),
    Component("CFPT", "tinydet.CFPT", _cfpt),
    Component("AlignFPN", "tinydet.AlignFPN", _align_fpn),
    Component("SR-TOD", "tinydet.SRTOD", _srtod),
    Component("DN-FPN", "tinydet.DNFPN", _dnfpn),
    Component("LFF", "LFF", _lff("simam")),
    Component("SPD-Conv", "LFF", _lff(None)),
    Component("BiFormer block", "tinydet.BiFormerBlock", _biformer),
]
