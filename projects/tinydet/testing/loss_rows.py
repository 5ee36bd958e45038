"""Rows of the support table: box losses.

What a loss is told of a host (format, reduction) is the host's contract, and the weight is that of
the host's own IoU loss. In two-stage hosts a loss goes into the RPN and into the R-CNN heads.
"""

from __future__ import annotations

from collections.abc import Callable

from mmengine.config import ConfigDict

from tinydet.configuration.contracts import AREA_LOSSES, CONTRACTS, PIXEL_LOSSES
from tinydet.testing.component import Component
from tinydet.testing.hosts import Host
from tinydet.testing.trial import SIZE

LOSSES = {
    "IoU": dict(type="tinydet.IoULoss"),
    "GIoU": dict(type="tinydet.GIoULoss"),
    "DIoU": dict(type="tinydet.DIoULoss"),
    "CIoU": dict(type="tinydet.CIoULoss"),
    "EIoU": dict(type="tinydet.EIoULoss"),
    "Focal-EIoU": dict(type="tinydet.FocalEIoULoss"),
    "SIoU": dict(type="tinydet.SIoULoss"),
    "WIoU v1": dict(type="tinydet.WIoULoss", version=1),
    "WIoU v3": dict(type="tinydet.WIoULoss"),
    "Shape-IoU": dict(type="tinydet.ShapeIoULoss"),
    "Inner-IoU": dict(type="tinydet.InnerIoULoss"),
    "Focaler-IoU": dict(type="tinydet.FocalerIoULoss"),
    "MPDIoU": dict(type="tinydet.MPDIoULoss", image_size=SIZE),
    "RSIoU": dict(type="tinydet.RSIoULoss"),
    "SFL": dict(type="tinydet.SFLLoss"),
    "NWD": dict(type="tinydet.NWDLoss", constant=12.8),
    "KLD": dict(type="tinydet.KLDLoss"),
    "DotD": dict(type="tinydet.DotDLoss", constant=12.8),
}


def _for_head(head: dict, upstream: str, loss: dict) -> dict:
    """Return what a config writes for a head: its type where it must change, and the loss."""
    contract = CONTRACTS[upstream]
    name = loss["type"].removeprefix("tinydet.")
    written: dict = {}
    in_pixels = name in PIXEL_LOSSES and contract.unit == "cells"
    if in_pixels or (name in AREA_LOSSES and contract.call == "level"):
        written["type"] = contract.instead
    if contract.encoded:
        written["reg_decoded_bbox"] = True
    told = dict(
        box_format=contract.boxes, reduction=contract.reduction, return_iou=contract.return_iou
    )
    usual = dict(box_format="xyxy", reduction="mean", return_iou=False)
    extra = {key: value for key, value in told.items() if value != usual[key]}
    if head["loss_bbox"].get("loss_weight", 1.0) != 1.0:
        extra["loss_weight"] = head["loss_bbox"]["loss_weight"]
    return dict(written, loss_bbox=dict(_delete_=True, **loss, **extra))


def _put(loss: dict) -> Callable[[Host, ConfigDict], dict]:
    def put(host: Host, model: ConfigDict) -> dict:
        if host.family != "two-stage":
            head = model.bbox_head
            upstream = f"{'mmyolo' if host.family == 'yolo' else 'mmdet'}.{head.type}"
            return dict(bbox_head=_for_head(head, upstream, loss))
        heads = model.roi_head.bbox_head
        if isinstance(heads, list):  # Cascade: a list replaces a list
            plain = [dict(head, **_for_head(head, "mmdet.BBoxHead", loss)) for head in heads]
            for head in plain:
                head["loss_bbox"].pop("_delete_")
        else:
            plain = _for_head(heads, "mmdet.BBoxHead", loss)
        return dict(
            rpn_head=_for_head(model.rpn_head, "mmdet.RPNHead", loss),
            roi_head=dict(bbox_head=plain),
        )

    return put


BOX_LOSSES = [Component(f"{name} loss", loss["type"], _put(loss)) for name, loss in LOSSES.items()]
