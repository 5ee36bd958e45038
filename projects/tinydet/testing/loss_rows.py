"""Rows of the support table: all registered box losses.

The arguments for a host (format, reduction) come from the host's contract; the weight is that of
the host's own IoU loss. In two-stage hosts a loss is put into the RPN and into the R-CNN heads.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from mmengine.config import ConfigDict

from tinydet.configuration.contracts import CONTRACTS
from tinydet.models.losses import BoxLoss
from tinydet.registry import MODELS
from tinydet.testing.component import Component
from tinydet.testing.hosts import Host
from tinydet.testing.trial import SIZE

REQUIRED = dict(image_size=SIZE)  # arguments without a default, for the images of the trial


def registered_losses() -> dict[str, type[BoxLoss]]:
    """Return all registered box losses by their names without ``Loss``, sorted."""
    classes = filter(inspect.isclass, MODELS.module_dict.values())
    losses = {cls.__name__: cls for cls in classes if issubclass(cls, BoxLoss)}
    return {name.removesuffix("Loss"): losses[name] for name in sorted(losses)}


def config_of(loss: type[BoxLoss]) -> dict:
    """Return the shortest config of a loss."""
    arguments = inspect.signature(loss).parameters
    given = {name: value for name, value in REQUIRED.items() if name in arguments}
    return dict(type=f"tinydet.{loss.__name__}", **given)


def _for_head(head: dict, upstream: str, loss: type[BoxLoss]) -> dict:
    """Return what a config writes for a head: the loss, and the head's type if it must change."""
    contract = CONTRACTS[upstream]
    written: dict = {}
    needs_pixels = loss.unit == "pixels" and contract.unit == "cells"
    if needs_pixels or (loss.needs_batch_areas and contract.call == "level"):
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
    return dict(written, loss_bbox=dict(_delete_=True, **config_of(loss), **extra))


def _put(loss: type[BoxLoss]) -> Callable[[Host, ConfigDict], dict]:
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


BOX_LOSSES = [
    Component(f"{name} loss", f"tinydet.{loss.__name__}", _put(loss))
    for name, loss in registered_losses().items()
]
