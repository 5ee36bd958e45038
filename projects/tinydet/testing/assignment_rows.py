"""Rows of the support table: label assignment, and non-maximum suppression.

Assigners of priors go into the RPN of two-stage hosts: the R-CNN heads keep mmdet's IoU of 0.5.
"""

from __future__ import annotations

from collections.abc import Callable

from mmengine.config import ConfigDict

from tinydet.testing.component import Component
from tinydet.testing.hosts import Host

C = 12.8  # px, NWD's constant for AI-TOD

MATCHES_ANCHORS = (
    "has no label assigner: objects match anchors by their sides; NWD joins by 'anchor matching "
    "with NWD'"
)
RANKS_PREDICTIONS = "assigns by what is predicted, not by priors; NWD joins by '{}'"
NO_PRIORS = {
    "YOLOv5": MATCHES_ANCHORS,
    "YOLOX": RANKS_PREDICTIONS.format("SimOTA with NWD"),
    "YOLOv8": RANKS_PREDICTIONS.format("task-aligned with NWD"),
}


def _priors(assigner: dict, points: bool = True, fields: bool = False) -> Callable:
    """Put an assigner that compares priors with objects.

    Args:
        assigner: Its config; with ``_delete_`` if nothing of the host's own is to stay.
        points: Whether it also makes sense on the receptive fields of FCOS' points.
        fields: Whether anchors are to be receptive fields.
    """

    def put(host: Host, model: ConfigDict) -> dict | str:
        if host.name in NO_PRIORS:
            return NO_PRIORS[host.name]
        if host.name == "FCOS":
            if not points:
                return "has no assigner to replace: a point learns the smallest object around it"
            plain = {key: value for key, value in assigner.items() if key != "_delete_"}
            head = dict(type="tinydet.RFLAFCOSHead", depth=model.backbone.depth, assigner=plain)
            return dict(bbox_head=head)
        two_stage = host.family == "two-stage"
        settings = dict(assigner=assigner)
        cell: dict = dict(train_cfg=dict(rpn=settings) if two_stage else settings)
        if fields:
            head = "rpn_head" if two_stage else "bbox_head"
            anchors = dict(
                _delete_=True,
                type="tinydet.RFAnchorGenerator",
                strides=model[head].anchor_generator.strides,
                depth=model.backbone.depth,
            )
            cell[head] = dict(anchor_generator=anchors)
        return cell

    return put


def _only(name: str, cell: dict, why: str) -> Callable:
    """Put something that belongs to one host."""

    def put(host: Host, _: ConfigDict) -> dict | str:
        return cell if host.name == name else why

    return put


def _nms(host: Host, _: ConfigDict) -> dict:
    nms = dict(nms=dict(_delete_=True, type="tinydet.nwd_nms", iou_threshold=0.85, constant=C))
    if host.family == "two-stage":
        return dict(train_cfg=dict(rpn_proposal=nms), test_cfg=dict(rpn=nms, rcnn=nms))
    return dict(test_cfg=nms)


def _assigner(kind: str, **options: object) -> dict:
    return dict(_delete_=True, type=f"tinydet.{kind}", **options)


OF_YOLOX = "SimOTA is YOLOX's: no other head hands over what it ranks"
OF_YOLOV8 = "task-aligned assignment is YOLOv8's: no other head hands over what it ranks"
OF_YOLOV5 = "matching anchors by their sides is YOLOv5's"

ASSIGNMENT = [
    Component(
        "MaxIoU, bounded",
        "tinydet.MaxIoUAssigner",
        _priors(dict(type="tinydet.MaxIoUAssigner"), points=False),
    ),
    Component("NWD assigner", "tinydet.NWDAssigner", _priors(_assigner("NWDAssigner", constant=C))),
    Component(
        "DotD assigner",
        "tinydet.NWDAssigner",
        _priors(_assigner("NWDAssigner", constant=C, distance="dotd")),
    ),
    Component(
        "NWD-RKA",
        "tinydet.RankingAssigner",
        _priors(_assigner("RankingAssigner", topk=2, constant=12.7)),
    ),
    Component(
        "RFLA",
        "tinydet.HierarchicalAssigner",
        _priors(_assigner("HierarchicalAssigner", topk=(3, 1)), fields=True),
    ),
    Component(
        "SimD assigner",
        "tinydet.SimDAssigner",
        _priors(_assigner("SimDAssigner", m=6.0, n=6.0)),
    ),
    Component(
        "SimOTA, bounded",
        "tinydet.SimOTAAssigner",
        _only(
            "YOLOX", dict(train_cfg=dict(assigner=dict(type="tinydet.SimOTAAssigner"))), OF_YOLOX
        ),
    ),
    Component(
        "SimOTA with NWD",
        "tinydet.NWDOverlaps",
        _only(
            "YOLOX",
            dict(
                train_cfg=dict(
                    assigner=dict(
                        type="tinydet.SimOTAAssigner",
                        iou_calculator=_assigner("NWDOverlaps", constant=C),
                    )
                )
            ),
            OF_YOLOX,
        ),
    ),
    Component(
        "task-aligned, bounded",
        "tinydet.TaskAlignedAssigner",
        _only(
            "YOLOv8",
            dict(train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner"))),
            OF_YOLOV8,
        ),
    ),
    Component(
        "task-aligned with NWD",
        "tinydet.NWDTaskAlignedAssigner",
        _only(
            "YOLOv8",
            dict(train_cfg=dict(assigner=dict(type="tinydet.NWDTaskAlignedAssigner", constant=C))),
            OF_YOLOV8,
        ),
    ),
    Component(
        "anchor matching with NWD",
        "tinydet.YOLOv5NWDHead",
        _only("YOLOv5", dict(bbox_head=dict(type="tinydet.YOLOv5NWDHead", constant=C)), OF_YOLOV5),
    ),
    Component("NWD-NMS", "tinydet.nwd_nms", _nms),
]
