"""RFLA in FCOS: who learns what."""

import pytest
import torch
from mmdet.registry import MODELS
from mmengine import ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

STRIDES = [4, 8]


def head(**options):
    init_default_scope("mmdet")
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type="tinydet.RFLAFCOSHead",
            num_classes=3,
            in_channels=8,
            feat_channels=8,
            stacked_convs=1,
            strides=STRIDES,
            norm_cfg=None,
            **options,
        )
    ).train()


def maps(images=2, size=64):
    torch.manual_seed(1)
    return tuple(torch.rand(images, 8, size // stride, size // stride) for stride in STRIDES)


# 10 px about (30, 30), a corner of four P2 points; 2 px about (50.2, 10.1)
BOXES = torch.tensor([[25.0, 25, 35, 35], [49.2, 9.1, 51.2, 11.1]])
OBJECTS = InstanceData(bboxes=BOXES, labels=torch.tensor([2, 0]))
NONE = InstanceData(bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long))


def targets_of(network, *instances):
    points = network.prior_generator.grid_priors([(16, 16), (8, 8)], device="cpu")
    return points, *network.get_targets(points, list(instances))


def test_the_three_most_similar_points_learn_an_object():
    network = head()
    points, labels, targets = targets_of(network, OBJECTS)
    assert [len(level) for level in labels] == [256, 64]
    large = (labels[0] == 2).nonzero().squeeze(1)
    assert len(large) in (3, 4)  # k1 = 3, and one that stage 2 may add
    # (30, 30) is a point of P2, the nearest others are 4 px away
    distance = (points[0][large] - 30).norm(dim=1)
    assert distance.min() == 0
    assert distance.max() == 4
    center = large[distance.argmin()]
    assert targets[0][center].tolist() == [5, 5, 5, 5]  # left, top, right, bottom


def test_a_point_outside_its_object_has_a_finite_centerness():
    network = head()
    points, labels, targets = targets_of(network, OBJECTS)
    small = (labels[0] == 0).nonzero().squeeze(1)
    sides = targets[0][small]
    assert (sides < 0).any()
    left_top = points[0][small] - torch.tensor([49.2, 9.1])
    assert torch.allclose(sides[:, :2], left_top, atol=1e-5)
    centerness = network.centerness_target(sides)
    assert torch.isfinite(centerness).all()
    assert ((centerness > 0) & (centerness <= 1)).all()


def test_norm_on_bbox_counts_in_strides():
    _, labels, targets = targets_of(head(), OBJECTS)
    _, _, normed = targets_of(head(norm_on_bbox=True), OBJECTS)
    for stride, plain, scaled in zip(STRIDES, targets, normed, strict=True):
        assert torch.equal(plain / stride, scaled)


def test_images_stand_one_after_another_on_each_level():
    network = head()
    _, labels, targets = targets_of(network, NONE, OBJECTS)
    _, alone, alone_targets = targets_of(network, OBJECTS)
    for level, size in enumerate((256, 64)):
        assert (labels[level][:size] == 3).all()  # background
        assert torch.equal(labels[level][size:], alone[level])
        assert torch.equal(targets[level][size:], alone_targets[level])


def loss_of(network, *instances):
    meta = [dict(img_shape=(64, 64))] * len(instances)
    return network.loss_by_feat(*network(maps(len(instances))), list(instances), meta)


@pytest.mark.parametrize("instances", [(OBJECTS, NONE), (NONE, NONE), (OBJECTS, OBJECTS)])
def test_losses_are_finite_and_train(instances):
    network = head()
    losses = loss_of(network, *instances)
    sum(losses.values()).backward()
    assert all(torch.isfinite(loss) for loss in losses.values())
    gradients = [p.grad for p in network.parameters()]
    assert all(g is not None and torch.isfinite(g).all() for g in gradients)


def test_points_between_positive_and_negative_are_background_as_in_the_release():
    # neg_thr = 0: whoever is not positive is neither
    network = head(assigner=dict(type="tinydet.HierarchicalAssigner", neg_thr=0.0))
    scores, *rest = network(maps(1))
    scores = [score.detach().requires_grad_() for score in scores]
    network.loss_by_feat(scores, *rest, [OBJECTS], [{}])["loss_cls"].backward()
    _, labels, _ = targets_of(network, OBJECTS)
    _, usual, _ = targets_of(head(), OBJECTS)
    for score, label, other in zip(scores, labels, usual, strict=True):
        assert torch.equal(label, other)
        assert (score.grad.abs().sum((0, 1)) > 0).all()


def test_other_assigners_fit():
    network = head(assigner=dict(type="tinydet.RankingAssigner", topk=2, constant=12.7))
    _, labels, _ = targets_of(network, OBJECTS)
    assert (torch.cat(labels) < 3).sum() == 4


def test_predictions_are_boxes():
    network = head().eval()
    meta = [dict(img_shape=(64, 64), scale_factor=(1.0, 1.0))]
    nms = dict(type="nms", iou_threshold=0.5)
    test_cfg = ConfigDict(nms_pre=10, score_thr=0.0, nms=nms, max_per_img=5)
    found = network.predict_by_feat(*network(maps(1)), meta, cfg=test_cfg)
    assert found[0].bboxes.shape == (5, 4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(depth=7), "depth=7"),
        (dict(fraction=-1), "fraction=-1"),
        (dict(style="x"), "style='x'"),
    ],
)
def test_a_wrong_argument_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        head(**wrong)
