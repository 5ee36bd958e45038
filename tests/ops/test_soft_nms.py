"""Soft-NMS beside mmcv's compiled one: the same boxes in the same order, ties included."""

import math
import sys

import pytest
import torch
from comparing import calling
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import soft_nms

from tinydet.ops.soft_nms import softnms

METHODS = ("naive", "linear", "gaussian")


def run(extension, boxes, scores, **options):
    with calling(extension):
        return soft_nms(boxes, scores, **options)


@pytest.fixture(scope="session")
def same(compiled, stand_in, ledger):
    """Assert that both extensions keep the same boxes in the same order."""

    def check(boxes, scores, **options):
        dets, kept = run(stand_in, boxes, scores, **options)
        expected, expected_kept = run(compiled, boxes, scores, **options)
        assert kept.tolist() == expected_kept.tolist()
        # Two libraries' exp may differ in the last place, and each box multiplies by it again.
        tolerance = 1e-6 if options["method"] == "gaussian" else 0
        ledger.values("soft_nms", dets, expected, tolerance)
        return dets, kept

    return check


# Few coordinates and scores: many ties, equal boxes, boxes without an area.
coordinate = st.integers(0, 6)
box = st.tuples(coordinate, coordinate, coordinate, coordinate).map(
    lambda c: (min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3]))
)
item = st.tuples(box, st.sampled_from([0.25, 0.5, 0.5, 0.75, 1.0]))


@settings(max_examples=300, deadline=None)
@given(
    items=st.lists(item, max_size=24),
    method=st.sampled_from(METHODS),
    iou_threshold=st.sampled_from([0.3, 0.5, 1 / 3, 0.7]),
    min_score=st.sampled_from([0.0, 1e-3, 0.2, 0.5]),
    offset=st.sampled_from([0, 1]),
)
def test_any_boxes(same, items, method, iou_threshold, min_score, offset):
    boxes = torch.tensor([corners for corners, _ in items], dtype=torch.float32).reshape(-1, 4)
    scores = torch.tensor([score for _, score in items], dtype=torch.float32)
    same(
        boxes,
        scores,
        method=method,
        iou_threshold=iou_threshold,
        min_score=min_score,
        offset=offset,
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_many_boxes(same, method, count):
    generator = torch.Generator().manual_seed(count)
    start = torch.rand(count, 2, generator=generator) * 100
    boxes = torch.cat([start, start + torch.rand(count, 2, generator=generator) * 30], 1)
    scores = torch.rand(count, generator=generator)
    dets, kept = same(boxes, scores, method=method, iou_threshold=0.5)
    assert dets.shape == (len(kept), 5)
    assert dets[:, 4].tolist() == sorted(dets[:, 4].tolist(), reverse=True)


def test_numbers_by_hand(stand_in):
    # IoU of the first two is 2 / 4, the third lies apart.
    boxes = torch.tensor([[0.0, 0, 3, 1], [1, 0, 4, 1], [9, 9, 10, 10]])
    scores = torch.tensor([0.8, 0.6, 0.5])
    linear, kept = run(stand_in, boxes, scores, iou_threshold=0.5, method="linear")
    assert kept.tolist() == [0, 2, 1]  # 0.6 (1 - 0.5) falls behind 0.5
    assert linear[:, 4].tolist() == pytest.approx([0.8, 0.5, 0.3])
    _, kept = run(stand_in, boxes, scores, iou_threshold=0.5, method="naive")
    assert kept.tolist() == [0, 2]
    gaussian, _ = run(stand_in, boxes, scores, sigma=0.5, method="gaussian")
    assert gaussian[:, 4].tolist() == pytest.approx([0.8, 0.5, 0.6 * math.exp(-0.25 / 0.5)])


def test_rows_of_removed_boxes_are_left_alone():
    boxes = torch.tensor([[0.0, 0, 1, 1]]).repeat(3, 1)
    dets = torch.full((3, 5), -7.0)
    options = dict(iou_threshold=0.5, sigma=0.5, min_score=1e-3, method=0, offset=0)
    kept = softnms(boxes, torch.tensor([0.1, 0.3, 0.2]), dets, **options)
    assert kept.tolist() == [1]
    assert dets[0].tolist() == pytest.approx([0, 0, 1, 1, 0.3])
    assert (dets[1:] == -7).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_number_formats(stand_in, dtype):
    """The compiled operator takes float32 alone; these are computed in it or in float64."""
    generator = torch.Generator().manual_seed(0)
    start = torch.rand(50, 2, generator=generator) * 20
    boxes = torch.cat([start, start + 1 + torch.rand(50, 2, generator=generator) * 9], 1).to(dtype)
    scores = torch.rand(50, generator=generator).to(dtype)
    dets, kept = run(stand_in, boxes, scores, method="linear")
    expected, expected_kept = run(stand_in, boxes.float(), scores.float(), method="linear")
    assert dets.dtype == dtype
    assert kept.tolist() == expected_kept.tolist()
    torch.testing.assert_close(dets.float(), expected.to(dtype).float(), rtol=1e-6, atol=0)


def test_a_score_that_is_no_number(same):
    boxes = torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 1], [5, 5, 6, 6], [0, 0, 1, 2]])
    scores = torch.tensor([0.2, math.nan, 0.9, 0.5])
    _, kept = same(boxes, scores, method="linear", iou_threshold=0.5)
    assert kept[0] == 2
    same(boxes.flip(0), scores.flip(0).roll(1), method="linear", iou_threshold=0.5)


def test_mmcv_calls_the_module_that_is_named(stand_in):
    """The other tests here would pass if `calling` changed nothing."""
    owner = sys.modules["mmcv.ops.nms"]
    before = owner.ext_module
    with calling(stand_in):
        assert owner.ext_module is stand_in
    assert owner.ext_module is before
