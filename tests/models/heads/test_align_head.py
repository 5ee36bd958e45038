"""AlignHead: who learns what, by hand and as in FCOS; losses of any batch; predictions."""

import math

import pytest
import torch
from mmdet.models import FCOSHead
from mmdet.registry import MODELS
from mmengine import ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

from tinydet.models.heads import align_head

STRIDES = [4, 8]
OPTIONS = dict(
    num_classes=3,
    in_channels=8,
    feat_channels=8,
    stacked_convs=1,
    strides=STRIDES,
    regress_ranges=((-1, 16), (16, 1e8)),
    norm_cfg=dict(type="GN", num_groups=2),
)


def head(**options):
    init_default_scope("mmdet")
    torch.manual_seed(0)
    made = MODELS.build(dict(type="tinydet.AlignHead", **{**OPTIONS, **options}))
    made.init_weights()
    return made


def maps(images=2, size=64):
    torch.manual_seed(1)
    return tuple(torch.rand(images, 8, size // stride, size // stride) for stride in STRIDES)


BOXES = torch.tensor([[8.0, 8, 24, 24], [30, 30, 34, 38], [0, 0, 60, 60]])
OBJECTS = InstanceData(bboxes=BOXES, labels=torch.tensor([2, 0, 1]))
NONE = InstanceData(bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long))


def grid(network):
    return network.prior_generator.grid_priors([(16, 16), (8, 8)], device="cpu")


def test_coarse_targets_are_those_of_fcos():
    network = head()
    points = grid(network)
    labels, sides, positive = network._targets(points, torch.zeros(2, 320, 2), [OBJECTS, NONE])
    init_default_scope("mmdet")
    fcos = FCOSHead(**OPTIONS)
    expected, expected_sides = (torch.cat(x) for x in fcos.get_targets(points, [OBJECTS, NONE]))
    assert torch.equal(labels, expected)
    assert torch.equal(positive, (expected < 3).nonzero().squeeze(1))
    torch.testing.assert_close(sides[positive], expected_sides[positive])


def test_a_point_learns_the_object_around_the_center_of_its_box():
    network = head()
    points = grid(network)
    shifts = torch.zeros(1, 320, 2)
    at = (points[0] == torch.tensor([42.0, 34.0])).all(1).nonzero().item()  # outside all but one
    before = network._targets(points, shifts, [OBJECTS])[0][at]
    assert before == 3  # the large object is not of this level
    shifts[0, at] = torch.tensor([-10.0, 0.0])  # to (32, 34), the center of the second object
    labels, sides, _ = network._targets(points, shifts, [OBJECTS])
    assert labels[at] == 0
    assert sides[at].tolist() == [42 - 30, 34 - 30, 34 - 42, 38 - 34]  # from the point itself


def test_the_center_of_a_prediction():
    sides = torch.tensor([1.0, 2, 5, 10])[None, :, None, None]  # left, top, right, bottom
    assert align_head._centers([sides]).tolist() == [[[2, 4]]]


def test_centerness_by_hand():
    network = head()
    at = torch.tensor([[4.0, 3, 4, 3], [0, 3, 8, 3], [0, 0, 8, 6], [-8, 3, 16, 3]])
    # d / w is 0, 1/2 (on the border), 1/2 both ways (at the corner), 3/2 (outside)
    expected = [1, math.exp(-1), math.exp(-2), math.exp(-9)]
    assert network.centerness_target(at).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("objects", [[OBJECTS, NONE], [NONE, NONE], [OBJECTS] * 33])
def test_every_batch_has_finite_losses_and_all_weights_a_gradient(objects):
    network = head()
    losses = network.loss_by_feat(*network(maps(len(objects), 32)), objects, [{}] * len(objects))
    assert losses.keys() == {"loss_cls", "loss_bbox", "loss_bbox_init", "loss_centerness"}
    sum(losses.values()).backward()
    for weight in network.parameters():
        assert weight.grad is not None
        assert torch.isfinite(weight.grad).all()
    assert bool(losses["loss_bbox"]) == any(len(image) for image in objects)


def test_the_coarse_box_weighs_a_fifth():
    network = head()
    outputs = network(maps(1))
    equal = (*outputs[:3], outputs[1])  # as if the final boxes were the coarse ones, too
    losses = network.loss_by_feat(*equal, [OBJECTS], [{}])
    network.loss_bbox_init.loss_weight = 1.0
    full = network.loss_by_feat(*equal, [OBJECTS], [{}])
    torch.testing.assert_close(losses["loss_bbox_init"], 0.2 * full["loss_bbox_init"])


def test_targets_in_parts_are_those_at_once(monkeypatch):
    network = head()
    shifts = torch.randn(2, 320, 2)
    whole = network._targets(grid(network), shifts, [OBJECTS, OBJECTS])
    monkeypatch.setattr(align_head, "PAIRS", 30)  # ten points at a time
    parts = network._targets(grid(network), shifts, [OBJECTS, OBJECTS])
    assert all(torch.equal(*pair) for pair in zip(whole, parts, strict=True))


def test_predictions_are_the_final_boxes():
    network = head().eval()
    with torch.no_grad():
        scores, boxes, centers, coarse = network(maps(1))
    assert all(level.min() > 0 for level in coarse)
    meta = dict(img_shape=(64, 64), scale_factor=(1, 1))
    cfg = ConfigDict(
        nms_pre=50, score_thr=0.0, nms=dict(type="soft_nms", iou_threshold=0.5), max_per_img=9
    )
    found = network.predict_by_feat(scores, boxes, centers, coarse, batch_img_metas=[meta], cfg=cfg)
    assert len(found[0]) == 9
    assert torch.isfinite(found[0].bboxes).all()


def test_mixed_precision_is_finite():
    network = head()
    for dtype in (torch.bfloat16, torch.float16):
        with torch.autocast("cpu", dtype=dtype):
            losses = network.loss_by_feat(*network(maps()), [OBJECTS, NONE], [{}] * 2)
        assert all(torch.isfinite(loss) for loss in losses.values())


@pytest.mark.parametrize("name", ["norm_on_bbox", "center_sampling"])
def test_options_of_fcos_that_it_does_not_have_are_refused(name):
    with pytest.raises(ValueError, match=f"AlignHead: {name}=True has no meaning here"):
        head(**{name: True})
