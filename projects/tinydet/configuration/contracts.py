"""What each head hands to ``loss_bbox``, and which label assigners it can use.

Facts about mmdet 3.3, mmyolo 0.6 and the heads of this project, which tests/hosts reads back from
the seven hosts. A loss of another format or unit builds, trains and passes tests of shapes; with
these facts :mod:`tinydet.configuration.checks` refuses it before training.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# How an assigner compares: what decides in which heads it can stand.
THRESHOLD = "priors with objects, by a threshold"
RANKING = "priors with objects, by rank"
SIMOTA = "predictions with objects, an image at once"
ALIGNED = "predictions with objects, a batch at once"

ASSIGNERS = {
    "MaxIoUAssigner": THRESHOLD,
    "NWDAssigner": THRESHOLD,
    "SimDAssigner": THRESHOLD,
    "RankingAssigner": RANKING,
    "HierarchicalAssigner": RANKING,
    "SimOTAAssigner": SIMOTA,
    "TaskAlignedAssigner": ALIGNED,
    "NWDTaskAlignedAssigner": ALIGNED,
}

PIXEL_LOSSES = {"NWDLoss", "DotDLoss", "SFLLoss", "MPDIoULoss"}  # those with an absolute size
AREA_LOSSES = {"SFLLoss"}  # those that want to see the areas of a whole batch


@dataclass(frozen=True)
class Contract:
    """One head.

    Attributes:
        boxes: ``xyxy`` or ``cxcywh``.
        unit: ``pixels`` of the network input or ``cells`` of the level's grid.
        call: ``loss_bbox`` is called once a ``batch`` (in R-CNN, a batch and stage) or ``level``.
        reduction: What the head's own division expects.
        return_iou: The head wants the IoU back.
        encoded: Boxes are encoded deltas unless ``reg_decoded_bbox=True``.
        shows_areas: It tells a loss the areas of the batch before the first level.
        instead: The head for a loss in pixels or with areas, where this is not one.
        assigners: Kinds of :data:`ASSIGNERS` that it can use; none where it matches by itself.
        assigner_in_head: It is an argument of the head's, and not one of ``train_cfg``.
        matcher: The head that matches otherwise, where this takes no assigner.
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


_ANCHORS = Contract(call="level", encoded=True, assigners=(THRESHOLD, RANKING))
_YOLOV5 = Contract(
    boxes="cxcywh",
    unit="cells",
    call="level",
    return_iou=True,
    instead="tinydet.YOLOv5PixelHead",
    matcher="tinydet.YOLOv5NWDHead",
)
_YOLOV8 = Contract(unit="cells", reduction="sum", assigners=(ALIGNED,))

CONTRACTS = {
    "mmdet.RPNHead": replace(_ANCHORS, instead="tinydet.BatchAreaRPNHead"),
    "tinydet.BatchAreaRPNHead": replace(_ANCHORS, shows_areas=True),
    "mmdet.RetinaHead": replace(_ANCHORS, instead="tinydet.BatchAreaRetinaHead"),
    "tinydet.BatchAreaRetinaHead": replace(_ANCHORS, shows_areas=True),
    "mmdet.BBoxHead": Contract(encoded=True, assigners=(THRESHOLD,)),
    "mmdet.FCOSHead": Contract(matcher="tinydet.RFLAFCOSHead"),
    "tinydet.RFLAFCOSHead": Contract(assigners=(THRESHOLD, RANKING), assigner_in_head=True),
    "mmyolo.YOLOv5Head": _YOLOV5,
    "tinydet.YOLOv5PixelHead": replace(_YOLOV5, unit="pixels", shows_areas=True),
    "mmyolo.YOLOXHead": Contract(reduction="sum", assigners=(SIMOTA,)),
    "mmyolo.YOLOv8Head": replace(_YOLOV8, instead="tinydet.YOLOv8PixelHead"),
    "tinydet.YOLOv8PixelHead": replace(_YOLOV8, unit="pixels"),
}

LOSS_METHODS = ("loss", "loss_by_feat", "loss_by_feat_single", "loss_and_target")


def contract_of(head: type) -> Contract | None:
    """Return the contract of a head's class or of the nearest base; ``None`` if it has none.

    A class outside this project that has a loss method of its own is another host than its base:
    YOLOv6 is a subclass of YOLOv5's head, GFL of RetinaNet's anchors.
    """
    for cls in head.__mro__:
        contract = CONTRACTS.get(f"{cls.__module__.split('.')[0]}.{cls.__name__}")
        if contract:
            return contract
        if any(method in vars(cls) for method in LOSS_METHODS):
            return None
    return None
