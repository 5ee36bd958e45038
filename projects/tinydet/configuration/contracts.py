"""What each head passes to ``loss_bbox``, and which label assigners it can use.

Facts about the heads of mmdet 3.3 and mmyolo 0.6, which tests/configuration/test_contracts.py reads
back from the seven hosts. A head of this project states the differences from its base as
``contract_changes``. A loss with another box format or unit builds, trains and passes tests of
shapes; :mod:`tinydet.configuration.checks` refuses it before training.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# What a label assigner compares objects with (its class attribute ``compares``): this decides in
# which heads it works.
BY_THRESHOLD = "priors by threshold"
BY_RANK = "priors by rank"
OF_IMAGE = "predictions of an image"
OF_BATCH = "predictions of a batch"
COMPARES = (BY_THRESHOLD, BY_RANK, OF_IMAGE, OF_BATCH)


@dataclass(frozen=True)
class Contract:
    """One head.

    Attributes:
        boxes: ``xyxy`` or ``cxcywh``.
        unit: ``pixels`` of the network input, or ``cells`` of the level's grid.
        call: The head calls ``loss_bbox`` once for each ``batch`` (R-CNN heads: for each stage) or
            for each ``level``.
        reduction: The reduction that the head's own division expects.
        return_iou: The head needs the IoU.
        encoded: Boxes are encoded deltas unless ``reg_decoded_bbox=True``.
        shows_areas: The head passes the areas of the batch to the loss before the first level.
        instead: The head for losses in pixels or with areas, if this head does not fit them.
        assigners: Members of :data:`COMPARES` that the head can use; empty if the head matches
            objects itself.
        assigner_in_head: The assigner is an argument of the head, not of ``train_cfg``.
        matcher: The head with another matching, if this head uses no assigner.
    """

    boxes: str = "xyxy"
    unit: str = "pixels"
    call: str = "batch"
    reduction: str = "mean"
    return_iou: bool = False
    encoded: bool = False
    shows_areas: bool = False
    instead: str = ""
    assigners: tuple[str, ...] = ()
    assigner_in_head: bool = False
    matcher: str = ""


_ANCHORS = Contract(call="level", encoded=True, assigners=(BY_THRESHOLD, BY_RANK))

CONTRACTS = {
    "mmdet.RPNHead": replace(_ANCHORS, instead="tinydet.BatchAreaRPNHead"),
    "mmdet.RetinaHead": replace(_ANCHORS, instead="tinydet.BatchAreaRetinaHead"),
    "mmdet.BBoxHead": Contract(encoded=True, assigners=(BY_THRESHOLD,)),
    "mmdet.FCOSHead": Contract(matcher="tinydet.RFLAFCOSHead"),
    "mmyolo.YOLOv5Head": Contract(
        boxes="cxcywh",
        unit="cells",
        call="level",
        return_iou=True,
        instead="tinydet.YOLOv5PixelHead",
        matcher="tinydet.YOLOv5NWDHead",
    ),
    "mmyolo.YOLOXHead": Contract(reduction="sum", assigners=(OF_IMAGE,)),
    "mmyolo.YOLOv8Head": Contract(
        unit="cells", reduction="sum", instead="tinydet.YOLOv8PixelHead", assigners=(OF_BATCH,)
    ),
}

LOSS_METHODS = ("loss", "loss_by_feat", "loss_by_feat_single", "loss_and_target")


def contract_of(head: type) -> Contract | None:
    """Return the contract of a head's class, ``None`` for a head that is not among the hosts.

    The contract is that of the nearest base in :data:`CONTRACTS`, with the ``contract_changes`` of
    the classes in between. ``contract_changes = None`` says that there is no box loss to check. A
    class with a loss method of its own and without ``contract_changes`` is another host than its
    base: YOLOv6 is a subclass of YOLOv5's head, GFL of the anchor head.
    """
    changes: dict = {}
    for cls in head.__mro__:
        contract = CONTRACTS.get(f"{cls.__module__.split('.')[0]}.{cls.__name__}")
        if contract:
            return replace(contract, **changes)
        if "contract_changes" in vars(cls):
            if cls.contract_changes is None:
                return None
            changes = cls.contract_changes | changes
        elif any(method in vars(cls) for method in LOSS_METHODS):
            return None
    return None
