"""YOLOv5's heads: what reaches ``loss_bbox``, and which anchors match which objects."""

import math

import pytest
import torch

pytest.importorskip("mmyolo")

from tinydet.testing import trial
from tinydet.testing.hosts import HOSTS

STRIDES = (8, 16, 32)
# mmyolo's anchors for COCO, px.
ANCHORS = [
    [(10, 13), (16, 30), (33, 23)],
    [(30, 61), (62, 45), (59, 119)],
    [(116, 90), (156, 198), (373, 326)],
]


def build(head, **options):
    model = HOSTS["YOLOv5"].model()
    for key, value in dict(options, type=head).items():
        model.bbox_head[key] = value  # update() would merge the losses
    return trial.build(model).train()


def loss(kind, **options):
    return dict(type=f"tinydet.{kind}", box_format="cxcywh", return_iou=True, **options)


def calls_of_the_loss(detector):
    """Train on the trial batch; return predictions and targets of each call, and the losses."""
    seen = []
    handle = detector.bbox_head.loss_bbox.register_forward_pre_hook(
        lambda _, boxes: seen.append((boxes[0].detach(), boxes[1]))
    )
    losses = detector.loss(*trial.batch(yolo=True))
    handle.remove()
    return seen, losses


def test_pixels_in_ours_and_cells_in_mmyolos_level_by_level():
    ours, our_losses = calls_of_the_loss(build("tinydet.YOLOv5PixelHead"))
    theirs, their_losses = calls_of_the_loss(build("mmyolo.YOLOv5Head"))
    sides = {(float(x2 - x1), float(y2 - y1)) for x1, y1, x2, y2 in trial.BOXES}
    assert len(ours) == len(theirs) > 1
    for stride, (pred, target), (cell_pred, cell_target) in zip(
        STRIDES, ours, theirs, strict=False
    ):
        torch.testing.assert_close(pred, cell_pred * stride)
        torch.testing.assert_close(target, cell_target * stride)
        assert {tuple(row) for row in target[:, 2:].tolist()} <= sides
    # The IoU of mmyolo's loss has no unit.
    for name, value in their_losses.items():
        torch.testing.assert_close(our_losses[name], value, rtol=1e-4, atol=1e-4)


def test_sfl_sees_the_areas_of_all_matched_objects_on_every_level():
    detector = build("tinydet.YOLOv5PixelHead", loss_bbox=loss("SFLLoss"))
    ranges = []
    box_loss = detector.bbox_head.loss_bbox
    box_loss.register_forward_pre_hook(
        lambda *_: ranges.append(tuple(map(float, box_loss.area_range)))
    )
    calls_of_the_loss(detector)
    # Of 6, 12 x 12, 24, 40 and 16 x 8 px all match an anchor: 36 to 1600 px².
    assert ranges == [(36.0, 1600.0)] * len(ranges)
    assert len(ranges) > 1


def test_nothing_of_an_iteration_is_kept():
    detector = build("tinydet.YOLOv5NWDHead")
    calls_of_the_loss(detector)
    assert detector.bbox_head._levels is None
    assert detector.bbox_head.prior_match_thr == 4.0


@pytest.mark.parametrize("head", ["tinydet.YOLOv5PixelHead", "tinydet.YOLOv5NWDHead"])
def test_a_batch_without_objects(head):
    detector = build(head, loss_bbox=loss("SFLLoss"))
    images, targets = trial.batch(yolo=True)
    targets["bboxes_labels"] = targets["bboxes_labels"][:0]
    losses = detector.loss(images, targets)
    assert losses["loss_bbox"].item() == 0
    assert losses["loss_obj"].item() > 0


def matches(objects, **options):
    """Return ``[level][anchor][object]``, of objects given by width and height in px."""
    head = build("tinydet.YOLOv5NWDHead", **options).bbox_head
    head._sizes = torch.tensor(objects, dtype=torch.float)
    return [head.shape_match(level) for level in range(3)]


def test_a_tiny_object_gains_the_anchor_that_is_near_in_pixels():
    # 2 x 2 px is a fifth of the smallest anchor: 8 and 11 px off, W = sqrt(8^2 + 11^2) / 2.
    assert math.exp(-math.hypot(8, 11) / 2 / 12.8) > 0.5 > math.exp(-math.hypot(14, 28) / 2 / 12.8)
    levels = matches([(2.0, 2.0)])
    assert levels[0][:, 0].tolist() == [True, False, False]
    assert not torch.cat(levels[1:]).any()
    assert not torch.cat(matches([(2.0, 2.0)], nwd_thr=0.6)).any()


def test_larger_objects_match_as_in_mmyolo():
    sizes = [(6.0, 6.0), (16.0, 8.0), (40.0, 40.0), (300.0, 30.0)]
    for level, anchors in zip(matches(sizes), ANCHORS, strict=True):
        for row, anchor in zip(level, anchors, strict=True):
            ratios = [
                max(s / a for pair in zip(size, anchor, strict=True) for s, a in (pair, pair[::-1]))
                for size in sizes
            ]
            assert row.tolist() == [ratio < 4 for ratio in ratios]


def test_a_threshold_of_1_is_the_rule_of_mmyolo():
    _, plain = calls_of_the_loss(build("tinydet.YOLOv5PixelHead"))
    _, same = calls_of_the_loss(build("tinydet.YOLOv5NWDHead", nwd_thr=1))
    for name, value in plain.items():
        assert torch.equal(same[name], value)


def test_an_object_gained_is_trained():
    images, targets = trial.batch(yolo=True)
    targets["bboxes_labels"] = torch.tensor([[0.0, 1, 20, 20, 22, 22]])
    ignored = build("tinydet.YOLOv5PixelHead").loss(images, targets)
    trained = build("tinydet.YOLOv5NWDHead").loss(images, targets)
    assert ignored["loss_bbox"].item() == 0
    assert trained["loss_bbox"].item() > 0


@pytest.mark.parametrize(
    "bad", [dict(constant=0), dict(constant="auto"), dict(nwd_thr=0), dict(nwd_thr=1.1)]
)
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        build("tinydet.YOLOv5NWDHead", **bad)
