"""Rows of the support table: heads, and an auxiliary branch."""

from __future__ import annotations

from mmengine.config import ConfigDict

from tinydet.testing.architecture_rows import GROUPS
from tinydet.testing.component import Component
from tinydet.testing.hosts import CLASSES, WIDTH, Host

NO_REGIONS = "one-stage detectors have no regions of interest"


def _yolov10(host: Host, _: ConfigDict) -> dict | str:
    if host.name != "YOLOv8":
        return "the two matchings of YOLOv10 are task-aligned, which only YOLOv8's head is"
    assigner = dict(type="tinydet.TaskAlignedAssigner")
    return dict(bbox_head=dict(type="tinydet.YOLOv10Head"), train_cfg=dict(assigner=assigner))


def _trans(host: Host, model: ConfigDict) -> dict | str:
    """Put the head in the place of the two shared layers, in each stage."""
    if host.family != "two-stage":
        return NO_REGIONS

    def own(head: ConfigDict) -> dict:
        kept = {key: head[key] for key in ("bbox_coder", "reg_class_agnostic", "loss_bbox")}
        small = dict(in_channels=WIDTH, num_classes=CLASSES, token_channels=8, embed_dims=16)
        return dict(type="tinydet.TransBBoxHead", **small, **kept)

    heads = model.roi_head.bbox_head
    if isinstance(heads, list):  # Cascade: a list replaces a list
        return dict(roi_head=dict(bbox_head=[own(head) for head in heads]))
    return dict(roi_head=dict(bbox_head=dict(_delete_=True, **own(heads))))


def _imitation(host: Host, _: ConfigDict) -> dict | str:
    if host.family != "two-stage":
        return NO_REGIONS
    if host.name == "Cascade R-CNN":
        return "feature imitation is a branch of a RoI head of one stage, a cascade has three"
    return dict(roi_head=dict(type="tinydet.FeatureImitationRoIHead", norm_cfg=GROUPS))


def _align(host: Host, _: ConfigDict) -> dict | str:
    if host.name != "FCOS":
        return "AlignHead is FCOS' head with a second box; nothing of another head would be left"
    return dict(bbox_head=dict(type="tinydet.AlignHead"))


def _auxiliary(host: Host, model: ConfigDict) -> dict | str:
    if host.family != "yolo":
        return "the auxiliary branch belongs to mmyolo's detector"
    return dict(type="tinydet.AuxiliaryDetector", auxiliary_neck=model.neck)


HEADS = [
    Component("TransBBoxHead (DNTR)", "tinydet.TransBBoxHead", _trans),
    Component("FeatureImitationRoIHead (CFINet)", "tinydet.FeatureImitationRoIHead", _imitation),
    Component("AlignHead (FSANet)", "tinydet.AlignHead", _align),
    Component("YOLOv10 head", "tinydet.YOLOv10Head", _yolov10),
    Component("YOLOv9 auxiliary branch", "tinydet.AuxiliaryDetector", _auxiliary),
]
