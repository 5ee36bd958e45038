"""Rows of the support table: label assignment, and non-maximum suppression.

In two-stage hosts, assigners of priors are put into the RPN; the R-CNN heads keep mmdet's MaxIoU at
0.5.
"""

from __future__ import annotations

from collections.abc import Callable

from mmengine.config import ConfigDict

from tinydet.testing.component import Component
from tinydet.testing.hosts import Host

C = 12.8  # px; NWD's constant for AI-TOD

NO_PRIORS = {
    "YOLOv5": "YOLOv5 has no label assigner: anchors match objects by their sides; for NWD use "
    "'anchor matching with NWD'",
    "YOLOX": "YOLOX assigns predictions, not priors; for NWD use 'SimOTA with NWD'",
    "YOLOv8": "YOLOv8 assigns predictions, not priors; for NWD use 'task-aligned with NWD'",
}


def _priors(assigner: dict, points: bool = True, fields: bool = False) -> Callable:
    """Put an assigner that compares priors with objects.

    Args:
        assigner: Config of the assigner, with ``_delete_`` to replace the host's assigner.
        points: Whether the assigner makes sense for the receptive fields of FCOS' points.
        fields: Whether to make the anchors receptive fields.
    """

    def put(host: Host, model: ConfigDict) -> dict | str:
        if host.name in NO_PRIORS:
            return NO_PRIORS[host.name]
        if host.name == "FCOS":
            if not points:
                return (
                    "FCOS has no label assigner: a point is assigned the smallest object around it"
                )
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
    """Put a component that belongs to one host."""

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


OF_YOLOX = "SimOTA needs the predictions of an image, which only YOLOX passes to an assigner"
OF_YOLOV8 = (
    "task-aligned assignment needs the predictions of a batch, which only YOLOv8 passes to an "
    "assigner"
)
OF_YOLOV5 = "only YOLOv5 matches anchors by their sides"

ASSIGNMENT = [
    Component(
        "MaxIoU, bounded",
        "tinydet.MaxIoUAssigner",
        _priors(dict(type="tinydet.MaxIoUAssigner"), points=False),
    ),
    Component("NWD assigner", "tinydet.NWDAssigner", _priors(_assigner("NWDAssigner", constant=C))),
    Component(
        "DotD assigner",
        "tinydet.ThresholdAssigner",
        _priors(_assigner("ThresholdAssigner", distance="dotd", constant=C)),
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
