"""What reaches each host's ``loss_bbox`` and assigner: the facts that the checks rely on.

The five objects of the trial batch are shown to every host, and what its loss receives is read
back. A change upstream that alters format, unit or order of calls fails here, not in an AP.
"""

import pytest
import torch

from tinydet.configuration.contracts import CONTRACTS, contract_of
from tinydet.registry import MODELS
from tinydet.testing import trial
from tinydet.testing.hosts import HOSTS
from tinydet.testing.matrix import COMPONENTS

BOXES = {tuple(map(float, box)) for box in trial.BOXES}
SIDES = {(x2 - x1, y2 - y1) for x1, y1, x2, y2 in BOXES}
STRIDES = (4, 8, 16, 32, 64)

# host, component whose loss is watched, heads by their place in the model, class of each
PLACES = [
    ("Faster R-CNN", "IoU loss", ["rpn_head", "roi_head.bbox_head"], ["RPNHead", "BBoxHead"]),
    (
        "Cascade R-CNN",
        "IoU loss",
        ["rpn_head", *(f"roi_head.bbox_head.{i}" for i in range(3))],
        ["RPNHead", *["BBoxHead"] * 3],
    ),
    ("RetinaNet", "IoU loss", ["bbox_head"], ["RetinaHead"]),
    ("FCOS", "IoU loss", ["bbox_head"], ["FCOSHead"]),
    ("FCOS", "RFLA", ["bbox_head"], ["RFLAFCOSHead"]),
    ("YOLOv5", "IoU loss", ["bbox_head"], ["YOLOv5Head"]),
    ("YOLOv5", "NWD loss", ["bbox_head"], ["YOLOv5PixelHead"]),
    ("YOLOX", "IoU loss", ["bbox_head"], ["YOLOXHead"]),
    ("YOLOv8", "IoU loss", ["bbox_head"], ["YOLOv8Head"]),
    ("YOLOv8", "NWD loss", ["bbox_head"], ["YOLOv8PixelHead"]),
    ("Faster R-CNN", "SFL loss", ["rpn_head"], ["BatchAreaRPNHead"]),
    ("RetinaNet", "SFL loss", ["bbox_head"], ["BatchAreaRetinaHead"]),
]
HEADS = [
    (host, component, place, kind)
    for host, component, places, kinds in PLACES
    for place, kind in zip(places, kinds, strict=True)
]


def calls_of(model, place):
    """Train a batch; return the target boxes of each call of a head's loss, without padding."""
    detector = trial.build(model)
    calls = []
    head = detector.get_submodule(place)
    head.loss_bbox.register_forward_pre_hook(lambda _, args: calls.append(args[1].detach()))
    trial.total_loss(detector)
    # Anchor heads hand over rows of zeros for anchors without an object.
    return head, [rows[rows.abs().sum(1) > 0] for rows in calls]


def host_model(name, component=None):
    if not HOSTS[name].available:
        pytest.skip(f"{name} is of mmyolo, which is not installed")
    return COMPONENTS[component].into(HOSTS[name]) if component else HOSTS[name].model()


def rounded(rows):
    return {tuple(round(value, 3) for value in row) for row in rows.tolist()}


@pytest.mark.parametrize(("host", "component", "place", "kind"), HEADS)
def test_boxes_units_and_calls(host, component, place, kind):
    head, calls = calls_of(host_model(host, component), place)
    contract = contract_of(type(head))
    assert kind in [cls.__name__ for cls in type(head).__mro__]
    assert (len(calls) > 1) == (contract.call == "level")
    rows = torch.cat(calls)
    assert len(rows) > 0
    if contract.boxes == "xyxy" and contract.unit == "pixels":
        assert rounded(rows) <= BOXES
        return
    sides = rows[:, 2:] if contract.boxes == "cxcywh" else rows[:, 2:] - rows[:, :2]
    if contract.boxes == "cxcywh":  # centres are counted from a cell: not those of the image
        assert not rounded(rows) & BOXES
    if contract.unit == "pixels":
        assert rounded(sides) <= SIDES
        return
    for row in sides:
        fits = [s for s in STRIDES if rounded(row[None] * s) <= SIDES]
        assert fits, f"{row} are not grid cells"
    assert not rounded(sides) <= SIDES


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("Faster R-CNN", "rpn_head"),
        ("Faster R-CNN", "roi_head.bbox_head"),
        ("Cascade R-CNN", "roi_head.bbox_head.2"),
        ("RetinaNet", "bbox_head"),
    ],
)
def test_deltas_reach_the_loss_by_default(host, place):
    head, calls = calls_of(host_model(host), place)
    assert contract_of(type(head)).encoded
    assert not head.reg_decoded_bbox
    assert not rounded(torch.cat(calls)) & BOXES


@pytest.mark.parametrize(
    ("host", "head"),
    [("FCOS", "mmdet"), ("YOLOv5", "mmyolo"), ("YOLOX", "mmyolo"), ("YOLOv8", "mmyolo")],
)
def test_the_host_itself_uses_the_reduction_and_the_iou_of_its_contract(host, head):
    config = host_model(host).bbox_head
    contract = CONTRACTS[f"{head}.{config.type}"]
    assert config.loss_bbox.get("reduction", "mean") == contract.reduction
    assert config.loss_bbox.get("return_iou", False) == contract.return_iou


def test_yolov8_assigns_in_pixels():
    model = host_model("YOLOv8")
    detector = trial.build(model)
    seen, handed = [], []

    def watch(_, inputs, result):
        # mmyolo divides by the stride in place, later.
        seen.append(([x.clone() for x in inputs], result["fg_mask_pre_prior"].bool()))

    detector.bbox_head.assigner.register_forward_hook(watch)
    detector.bbox_head.loss_bbox.register_forward_pre_hook(lambda _, args: handed.append(args[0]))
    trial.total_loss(detector)
    ((pred, _, priors, _, gts, _), positive), cells = seen[0], handed[0]
    assert rounded(gts[0]) == BOXES
    stride = priors[:, 2].expand_as(positive)[positive]
    torch.testing.assert_close(pred[positive], cells * stride[:, None])


def test_yolox_assigns_in_pixels():
    detector = trial.build(host_model("YOLOX"))
    head, seen, handed = detector.bbox_head, [], []
    assign = head.assigner.assign

    def watch(pred_instances, gt_instances, **kwargs):
        result = assign(pred_instances=pred_instances, gt_instances=gt_instances, **kwargs)
        seen.append((pred_instances.bboxes[result.gt_inds > 0], gt_instances.bboxes))
        return result

    head.assigner.assign = watch
    head.loss_bbox.register_forward_pre_hook(lambda _, args: handed.append(args[0]))
    trial.total_loss(detector)
    assert all(rounded(gts) == BOXES for _, gts in seen)
    torch.testing.assert_close(torch.cat([pred for pred, _ in seen]), handed[0])


def test_a_head_with_a_loss_of_its_own_is_another_host():
    class Renamed(MODELS.get("mmdet.RetinaHead")):
        pass

    assert contract_of(Renamed) == CONTRACTS["mmdet.RetinaHead"]
    assert contract_of(MODELS.get("mmdet.GFLHead")) is None  # boxes in strides
    assert contract_of(MODELS.get("mmdet.DoubleConvFCBBoxHead")) == CONTRACTS["mmdet.BBoxHead"]
    assert contract_of(torch.nn.Linear) is None
    pytest.importorskip("mmyolo")
    assert contract_of(MODELS.get("mmyolo.YOLOv6Head")) is None
    assert contract_of(MODELS.get("tinydet.YOLOv5NWDHead")).unit == "pixels"
