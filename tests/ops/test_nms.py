"""NMS beside mmcv's compiled one: the same boxes in the same order, ties included."""

import math

import numpy as np
import pytest
import torch
from comparing import calling
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import batched_nms, nms

pytestmark = pytest.mark.usefixtures("torchvision_ops")

coordinate = st.integers(-2, 10)
corners = st.tuples(coordinate, coordinate, coordinate, coordinate)  # also turned inside out
item = st.tuples(corners, st.sampled_from([0.25, 0.5, 0.5, 0.75, 1.0]))
# An IoU of two boxes of whole pixels is a ratio of small numbers: these are hit exactly.
THRESHOLDS = [0.1, 0.3, 1 / 3, 0.4, 0.5, 0.6, 2 / 3, 0.7, 0.8, 0.9]


@pytest.fixture(scope="session")
def same(compare):
    """Assert that both extensions keep the same boxes in the same order."""

    def check(boxes, scores, iou_threshold, **options):
        def kept(boxes, scores):
            return nms(boxes, scores, iou_threshold, **options)[1]

        return compare("nms", kept, boxes, scores)

    return check


def random_boxes(count, seed=0, side=100, size=30):
    generator = torch.Generator().manual_seed(seed)
    start = torch.rand(count, 2, generator=generator) * side
    boxes = torch.cat([start, start + torch.rand(count, 2, generator=generator) * size], 1)
    return boxes, torch.rand(count, generator=generator)


@settings(max_examples=500, deadline=None)
@given(
    items=st.lists(item, max_size=24),
    iou_threshold=st.sampled_from(THRESHOLDS),
    offset=st.sampled_from([0, 1]),
    score_threshold=st.sampled_from([0, 0.3]),
    max_num=st.sampled_from([-1, 3]),
)
def test_any_boxes(same, items, iou_threshold, **options):
    boxes = torch.tensor([corners for corners, _ in items], dtype=torch.float32).reshape(-1, 4)
    scores = torch.tensor([score for _, score in items], dtype=torch.float32)
    same(boxes, scores, iou_threshold, **options)


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(
        st.tuples(*[st.floats(-50, 50, width=32)] * 4, st.floats(0, 1, width=32)), max_size=24
    ),
    iou_threshold=st.floats(0.0, 1.0),
)
def test_any_coordinates(same, values, iou_threshold):
    table = torch.tensor(values, dtype=torch.float32).reshape(-1, 5)
    boxes = torch.cat([table[:, :2], torch.maximum(table[:, :2], table[:, 2:4])], 1)
    same(boxes, table[:, 4], iou_threshold)


@pytest.mark.parametrize("count", [0, 1, 5000])
@pytest.mark.parametrize("iou_threshold", THRESHOLDS)
def test_many_boxes(same, count, iou_threshold):
    same(*random_boxes(count), iou_threshold)


@pytest.mark.parametrize("iou_threshold", [0.3, 0.7])
@pytest.mark.parametrize("offset", [0, 1])
def test_a_box_at_the_threshold_stays(same, iou_threshold, offset):
    """float32(0.3) is above 0.3 and float32(0.7) below 0.7."""
    width = 10 * iou_threshold
    boxes = torch.tensor([[0.0, 0, 10, 1], [0, 0, width, 1]]) - torch.tensor([0, 0, offset, offset])
    assert same(boxes, torch.tensor([0.9, 0.8]), iou_threshold, offset=offset).tolist() == [0, 1]
    below = np.nextafter(np.float32(iou_threshold), np.float32(0)).item()
    assert same(boxes, torch.tensor([0.9, 0.8]), below, offset=offset).tolist() == [0]


def test_equal_scores(same):
    """torch's sort decides, which for many numbers is not stable."""
    boxes = torch.tensor([[0.0, 0, 2, 2]]).repeat(40, 1)
    assert len(same(boxes, torch.ones(40), 0.5)) == 1
    apart = boxes + 10 * torch.arange(40.0)[:, None]
    assert sorted(same(apart, torch.ones(40), 0.5).tolist()) == list(range(40))
    boxes, scores = random_boxes(3000)
    same(boxes, (scores * 20).round() / 20, 0.5)


def test_boxes_that_are_not_finite(same):
    boxes, scores = random_boxes(30, side=20)
    boxes[3, 1], boxes[7, 2], boxes[9] = math.nan, math.inf, -math.inf
    same(boxes, scores, 0.5)


def test_boxes_in_another_order_of_memory(same):
    boxes, scores = random_boxes(200)
    table = torch.cat([boxes, scores[:, None]], 1)
    kept = same(boxes, scores, 0.5)
    assert same(table[:, :4], table[:, 4], 0.5).tolist() == kept.tolist()
    assert same(boxes.T.contiguous().T, scores, 0.5).tolist() == kept.tolist()


def test_numpy(stand_in):
    boxes, scores = random_boxes(50)
    with calling(stand_in):
        dets, kept = nms(boxes.numpy(), scores.numpy(), 0.5)
        assert isinstance(dets, np.ndarray)
        assert kept.tolist() == nms(boxes, scores, 0.5)[1].tolist()


@pytest.mark.parametrize("split", [10000, 50])
@pytest.mark.parametrize("agnostic", [True, False])
def test_classes(compare, split, agnostic):
    boxes, scores = random_boxes(300)
    classes = torch.arange(300) % 8
    config = dict(type="nms", iou_threshold=0.5, split_thr=split)

    def dets(boxes, scores):
        return batched_nms(boxes, scores, classes, config, agnostic)[0]

    compare("nms", dets, boxes, scores)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(compiled, stand_in, dtype):
    """The compiled operator refuses these; computed in float32, the rounded boxes decide."""
    boxes, scores = (tensor.to(dtype) for tensor in random_boxes(300))
    with calling(compiled), pytest.raises(RuntimeError, match="expected scalar type Float"):
        nms(boxes, scores, 0.5)
    with calling(compiled):
        expected = nms(boxes.float(), scores.float(), 0.5)[1]
    with calling(stand_in):
        dets, kept = nms(boxes, scores, 0.5)
        with torch.autocast("cpu", dtype=dtype):
            assert nms(boxes, scores, 0.5)[1].tolist() == kept.tolist()
    assert kept.tolist() == expected.tolist()
    assert dets.dtype == dtype
