"""Feature imitation: quality, copies and choice by hand; the head on images of all kinds."""

import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

from tinydet.models.heads.imitation import choose, copies_of, instance_quality

ROI = dict(
    type="tinydet.FeatureImitationRoIHead",
    queue_size=4,
    min_proposals=2,
    high_quality=0.2,
    medium_quality=0.1,
    norm_cfg=dict(type="GN", num_groups=2),
    bbox_roi_extractor=dict(
        type="SingleRoIExtractor",
        roi_layer=dict(type="RoIAlign", output_size=7, sampling_ratio=1),
        out_channels=16,
        featmap_strides=[4],
    ),
    bbox_head=dict(
        type="Shared2FCBBoxHead",
        in_channels=16,
        fc_out_channels=8,
        roi_feat_size=7,
        num_classes=2,
        bbox_coder=dict(type="DeltaXYWHBBoxCoder"),
        loss_cls=dict(type="CrossEntropyLoss"),
        loss_bbox=dict(type="L1Loss"),
    ),
    train_cfg=ConfigDict(
        assigner=dict(
            type="tinydet.MaxIoUAssigner",
            pos_iou_thr=0.5,
            neg_iou_thr=0.5,
            min_pos_iou=0.5,
            match_low_quality=False,
        ),
        sampler=dict(type="RandomSampler", num=32, pos_fraction=0.5),
        pos_weight=-1,
    ),
)


def build(**changes):
    init_default_scope("mmdet")
    torch.manual_seed(0)
    head = MODELS.build(ConfigDict(ROI | changes))
    head.init_weights()
    return head


def picture(boxes, near=4):
    """Return proposals and a sample: each object with proposals near it, and background."""
    boxes = torch.tensor(boxes, dtype=torch.float).view(-1, 4)
    shifts = torch.linspace(0, 1, near)[:, None, None]
    background = torch.tensor([[40.0 + i, 40, 60, 60] for i in range(20)])
    proposals = InstanceData(bboxes=torch.cat([(boxes + shifts).flatten(0, 1), background]))
    sample = DetDataSample(metainfo=dict(img_shape=(64, 64)))
    sample.gt_instances = InstanceData(bboxes=boxes, labels=torch.arange(len(boxes)) % 2)
    return proposals, sample


def losses_of(head, *pictures, size=16):
    proposals, samples = zip(*pictures, strict=True)
    x = torch.randn(len(pictures), 16, size, size, generator=torch.Generator().manual_seed(1))
    return head.loss((x,), list(proposals), list(samples))


TWO = [[4, 4, 14, 14], [20, 20, 32, 34]]


def test_quality_is_the_mean_of_iou_times_score():
    scores, ious = torch.tensor([0.5, 1.0, 0.04, 0.8]), torch.tensor([0.6, 0.7, 0.9, 0.5])
    quality, number = instance_quality(scores, ious, torch.tensor([0, 0, 0, 2]), 3)
    assert quality.tolist() == pytest.approx([(0.3 + 0.7) / 2, 0, 0.4])  # 0.04 is no detection
    assert number.tolist() == [2, 0, 1]


def test_copies_move_by_their_own_width_and_height():
    """Red where width and height are swapped, or copies of two boxes are mixed."""
    boxes = torch.tensor([[10.0, 10, 30, 20], [50, 50, 60, 90]])
    found = copies_of(boxes, (100, 100))
    assert found.shape == (2, 10, 4)
    wide = [[16, 10, 36, 20], [10, 13, 30, 23], [4, 10, 24, 20], [10, 7, 30, 17]]
    assert found[0, :4].tolist() == wide  # 0.3 of 20 px and of 10 px
    assert found[0, 4].tolist() == [20, 10, 40, 20]
    scaled = [[20 - 9.7, 15 - 4.85, 20 + 9.7, 15 + 4.85], [20 - 10.3, 15 - 5.15, 30.3, 20.15]]
    assert found[0, 8:].flatten().tolist() == pytest.approx(sum(scaled, []))
    tall = [55 - 4.85, 70 - 19.4, 55 + 4.85, 70 + 19.4]
    assert found[1, 8].tolist() == pytest.approx(tall)


def test_copies_end_at_the_border_of_the_image():
    found = copies_of(torch.tensor([[0.0, 0, 10, 10]]), (12, 11))[0]
    assert found.amin() == 0
    assert found[:, 2].amax() == 11
    assert found[:, 3].amax() == 12


def test_the_wanted_number_of_candidates_is_chosen_at_random():
    candidates = torch.tensor([[True] * 6 + [False] * 4, [False] * 9 + [True], [False] * 10])
    torch.manual_seed(0)
    seen = torch.zeros(3, 10)
    for _ in range(200):
        chosen = choose(candidates, torch.tensor([2, 5, 3]))
        assert (chosen & ~candidates).sum() == 0
        assert chosen.sum(1).tolist() == [2, 1, 0]
        seen += chosen
    assert seen[0, :6].min() > 40  # of 67 expected
    assert choose(candidates, torch.zeros(3)).sum() == 0


def test_good_objects_become_exemplars_and_poor_ones_imitate_them():
    head = build()
    with torch.no_grad():  # sure of class 0, so that objects of class 0 alone are good
        head.bbox_head.fc_cls.bias.copy_(torch.tensor([9.0, 0, 0]))
    first = losses_of(head, picture(TWO))["loss_imitation"]
    assert len(head.imitation.queue) == 1
    assert head.imitation.queue.pushed.tolist() == [1, 0]
    assert first > 0  # the good object is drawn to its copies
    feature = head.imitation.queue.features[0, 0]
    assert feature.any()
    with torch.no_grad():  # now sure of class 1
        head.bbox_head.fc_cls.bias.copy_(torch.tensor([0.0, 9, 0]))
    second = losses_of(head, picture(TWO[:1]))["loss_imitation"]
    assert head.imitation.queue.pushed.tolist() == [1, 0]
    assert second > first  # a poor object weighs ten times as much
    assert torch.equal(head.imitation.queue.features[0, 0], feature)


def test_a_good_object_with_few_proposals_is_no_exemplar():
    head = build(min_proposals=3)
    with torch.no_grad():
        head.bbox_head.fc_cls.bias.copy_(torch.tensor([9.0, 9, 0]))
    assert losses_of(head, picture(TWO, near=2))["loss_imitation"] == 0
    assert len(head.imitation.queue) == 0


def test_an_evaluation_leaves_the_queue_alone():
    head = build()
    with torch.no_grad():
        head.bbox_head.fc_cls.bias.copy_(torch.tensor([9.0, 9, 0]))
    with torch.no_grad():
        losses_of(head, picture(TWO))
    losses_of(head.eval(), picture(TWO))
    assert len(head.imitation.queue) == 0


CROWD = [[x, y, x + 6, y + 6] for x in range(0, 56, 8) for y in range(0, 56, 8)]


@pytest.mark.parametrize(
    "pictures",
    [[[]], [[], TWO], [TWO, TWO[:1], []], [CROWD, TWO]],
    ids=["no object", "one empty image", "three images", "more objects than samples"],
)
def test_every_weight_has_a_finite_gradient(pictures):
    head = build()
    losses = losses_of(head, *map(picture, pictures))
    total = sum(losses[name] for name in ("loss_cls", "loss_bbox", "loss_imitation"))
    total.backward()
    assert total.isfinite()
    for name, weight in head.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_images_without_negatives():
    head = build(samples=1)
    proposals, sample = picture(TWO)
    proposals = proposals[:8]  # all near an object
    assert losses_of(head, (proposals, sample))["loss_imitation"].isfinite()


def test_a_resumed_training_goes_on_as_the_first():
    head, resumed = build(), build()
    with torch.no_grad():
        head.bbox_head.fc_cls.bias.copy_(torch.tensor([9.0, 9, 0]))
    losses_of(head, picture(TWO))
    resumed.load_state_dict(head.state_dict())
    found = []
    for each in (head, resumed):
        torch.manual_seed(3)
        found.append(losses_of(each, picture(TWO), picture(TWO[:1])))
    assert found[0]["loss_imitation"] == found[1]["loss_imitation"]
    assert torch.equal(head.imitation.queue.features, resumed.imitation.queue.features)


def test_mixed_precision():
    head = build()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = losses_of(head, picture(TWO), picture([]))
    losses["loss_imitation"].backward()
    assert losses["loss_imitation"].isfinite()


def test_the_weights_of_the_channels_are_part_of_a_prediction():
    """A feature is multiplied by 1 + softmax of its vector."""
    head = build().eval()
    x = (torch.randn(1, 16, 16, 16),)
    rois = torch.tensor([[0.0, 4, 4, 14, 14]])
    results = head._bbox_forward(x, rois)
    plain = head.bbox_roi_extractor(x, rois)
    weights = 1 + results["vectors"].softmax(1)
    assert torch.allclose(results["bbox_feats"], plain * weights[:, :, None, None])


def test_an_even_side_is_refused():
    extractor = ROI["bbox_roi_extractor"]
    even = extractor | dict(roi_layer=extractor["roi_layer"] | dict(output_size=6))
    with pytest.raises(
        ValueError, match="RoI features of 6 x 6 cells; 3x3 convolutions squeeze an odd side"
    ):
        build(bbox_roi_extractor=even)
