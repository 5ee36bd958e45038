"""NWD-NMS keeps what a quadratic, greedy, float64 reference keeps, in the same order."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import batched_nms
from mmdet.models.layers import multiclass_nms
from mmengine.structures import InstanceData

from tinydet.task_modules import greedy, neighbours
from tinydet.task_modules.nwd_nms import check_arguments, nwd_nms


def reference(boxes, scores, groups, threshold, constant):
    """Written from the definition: the best box stays, what is too near to it goes, and so on."""
    boxes = boxes.double()
    centre, side = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    moved = (centre[:, None] - centre).square().sum(-1)
    grown = (side[:, None] - side).square().sum(-1) / 4
    near = torch.exp(-(moved + grown).sqrt() / constant) > threshold
    near &= groups[:, None] == groups
    left = sorted(range(len(boxes)), key=lambda i: -scores[i].item())  # sorted() is stable
    kept = []
    while left:
        best = left.pop(0)
        kept.append(best)
        left = [other for other in left if not near[best, other]]
    return kept


def problem(seed, count, spread=60.0, groups=3):
    """Boxes of 1-12 px, a third of them copies of others, with scores of which many are equal."""
    draw = torch.Generator().manual_seed(seed)
    centre = torch.rand(count, 2, generator=draw) * spread - 10
    half = torch.rand(count, 2, generator=draw) * 6
    boxes = torch.cat([centre - half, centre + half], 1)
    copies = torch.rand(count, generator=draw) < 1 / 3
    boxes[copies] = boxes[torch.randint(0, count, (int(copies.sum()),), generator=draw)]
    scores = (torch.rand(count, generator=draw) * 20).round() / 20
    return boxes, scores, torch.randint(0, groups, (count,), generator=draw)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(1, 120),
    threshold=st.sampled_from([0.01, 0.3, 0.7, 0.85, 0.99]),
    constant=st.sampled_from([1.0, 12.8, 40.0]),
)
def test_as_the_reference(seed, count, threshold, constant):
    boxes, scores, groups = problem(seed, count)
    dets, kept = nwd_nms(boxes, scores, groups, threshold, constant)
    assert kept.tolist() == reference(boxes, scores, groups, threshold, constant)
    assert dets.tolist() == torch.cat([boxes, scores[:, None]], 1)[kept].tolist()


@pytest.mark.parametrize(("chunk", "block"), [(1, 1), (7, 5), (64, 1 << 18)])
def test_the_size_of_its_steps_does_not_matter(monkeypatch, chunk, block):
    boxes, scores, groups = problem(0, 300)
    expected = nwd_nms(boxes, scores, groups, 0.7)[1].tolist()
    monkeypatch.setattr(greedy, "FIRST", chunk)
    monkeypatch.setattr(greedy, "MOST", 2 * chunk)
    monkeypatch.setattr(neighbours, "BLOCK", block)
    assert nwd_nms(boxes, scores, groups, 0.7)[1].tolist() == expected


def test_by_hand():
    # Equal sizes: two boxes 2 px apart have an NWD of exp(-2 / 12.8) = 0.855, 2.1 px apart 0.849.
    boxes = torch.tensor([[0.0, 0, 4, 4], [2, 0, 6, 4], [4.1, 0, 8.1, 4], [0, 0, 8, 4]])
    assert math.exp(-2 / 12.8) > 0.85 > math.exp(-2.1 / 12.8)
    scores, same = torch.tensor([0.9, 0.8, 0.7, 0.6]), torch.zeros(4, dtype=torch.long)
    # Box 1 goes to box 0; box 2 was near box 1 alone; box 3, sqrt(2^2 + 2^2) from 0, stays.
    assert nwd_nms(boxes, scores, same)[1].tolist() == [0, 2, 3]
    # At W = 2 exactly a threshold of its own similarity keeps, one below it removes.
    pair, best = boxes[:2], scores[:2]
    own = torch.exp(torch.tensor(-2 / 12.8, dtype=torch.float64)).item()
    assert len(nwd_nms(pair, best, same[:2], own)[1]) == 2
    assert len(nwd_nms(pair, best, same[:2], own - 1e-12)[1]) == 1


def test_classes_and_levels_are_kept_apart():
    boxes = torch.tensor([[0.0, 0, 1, 1]]).repeat(3, 1)
    scores, groups = torch.tensor([0.5, 0.9, 0.5]), torch.tensor([0, 1, 0])
    assert nwd_nms(boxes, scores, groups)[1].tolist() == [1, 0]
    assert nwd_nms(boxes, scores, groups, class_agnostic=True)[1].tolist() == [1]


def test_of_equal_scores_the_first_box_stays():
    boxes = torch.tensor([[0.0, 0, 4, 4], [0.5, 0, 4.5, 4]]).repeat(2, 1)
    assert nwd_nms(boxes, torch.ones(4), torch.zeros(4))[1].tolist() == [0]


def test_max_num_takes_the_best():
    boxes = torch.arange(5.0)[:, None] * 100 + torch.tensor([0.0, 0, 4, 4])
    scores = torch.tensor([0.1, 0.5, 0.3, 0.4, 0.2])
    assert nwd_nms(boxes, scores, torch.zeros(5), max_num=2)[1].tolist() == [1, 3]


def test_no_boxes():
    dets, kept = nwd_nms(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0))
    assert dets.shape == (0, 5)
    assert kept.shape == (0,)


def test_boxes_that_are_not_finite_suppress_nothing_and_disturb_nothing():
    boxes, scores, groups = problem(3, 40)
    expected = nwd_nms(boxes, scores, groups)[1].tolist()
    strange = torch.tensor([[float("nan")] * 4, [-math.inf, 0, math.inf, 1], [1e30, 0, 2e30, 1]])
    kept = nwd_nms(
        torch.cat([boxes, strange]),
        torch.cat([scores, torch.full((3,), 2.0)]),
        torch.cat([groups, torch.zeros(3, dtype=torch.long)]),
    )[1].tolist()
    assert sorted(kept[:3]) == [40, 41, 42]
    assert kept[3:] == expected


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (dict(iou_threshold=0), "iou_threshold=0 is outside"),
        (dict(iou_threshold=1), "iou_threshold=1 is outside"),
        (dict(iou_threshold="0.5"), "iou_threshold='0.5' is not a number"),
        (dict(constant=-1), "constant=-1 must be"),
        (dict(constant="auto"), "constant='auto' stands for"),
        (dict(max_num=-2), "max_num=-2"),
        (dict(class_agnostic=1), "class_agnostic=1"),
    ],
)
def test_bad_arguments_are_named(bad, words):
    with pytest.raises(ValueError, match=f"nwd_nms: {words}"):
        check_arguments(**bad)


# What a config writes: mmcv's entry point and mmdet's caller of it understand the type.


def test_mmcv_resolves_the_type():
    boxes, scores, groups = problem(1, 100)
    dets, kept = batched_nms(
        boxes, scores, groups, dict(type="tinydet.nwd_nms", iou_threshold=0.7, constant=6.0)
    )
    assert kept.tolist() == reference(boxes, scores, groups, 0.7, 6.0)
    assert dets.shape == (len(kept), 5)


def test_mmcvs_own_types_are_untouched():
    boxes, scores, groups = problem(1, 100)
    config = dict(type="nms", iou_threshold=0.5)
    assert len(batched_nms(boxes, scores, groups, config)[1]) < 100
    assert len(batched_nms(boxes, scores, groups, None)[1]) == 100


def test_an_unknown_type_of_ours_is_named():
    with pytest.raises(KeyError, match="tinydet has 'tinydet.nwd_nms'"):
        batched_nms(*problem(1, 4), dict(type="tinydet.nmw_nms"))


def test_mmdets_multiclass_nms():
    boxes, _, _ = problem(2, 60)
    scores = torch.rand(60, 4, generator=torch.Generator().manual_seed(0))  # 3 classes, background
    config = dict(type="tinydet.nwd_nms", iou_threshold=0.7)
    dets, labels = multiclass_nms(boxes, scores, 0.5, config, max_num=7)
    rows, classes = (scores[:, :3] > 0.5).nonzero().unbind(1)
    kept = reference(boxes[rows], scores[rows, classes], classes, 0.7, 12.8)[:7]
    assert labels.tolist() == classes[kept].tolist()
    assert dets[:, :4].tolist() == boxes[rows][kept].tolist()


def test_mmdets_heads_call_it():
    from mmdet.models import RetinaHead
    from mmengine.config import ConfigDict

    head = RetinaHead(num_classes=3, in_channels=8, feat_channels=8)
    boxes, scores, labels = problem(4, 50)
    config = ConfigDict(nms=dict(type="tinydet.nwd_nms", iou_threshold=0.85), max_per_img=9)
    found = head._bbox_post_process(
        InstanceData(bboxes=boxes, scores=scores, labels=labels),
        config,
        img_meta=dict(scale_factor=(1.0, 1.0)),
        rescale=False,
    )
    kept = reference(boxes, scores, labels, 0.85, 12.8)[:9]
    assert found.bboxes.tolist() == boxes[kept].tolist()
    assert found.labels.tolist() == labels[kept].tolist()
