"""Thresholds that grow with the object, by hand and against plain loops."""

import math

import brute_force
import pytest
import torch
from problems import instances, problem

from tinydet.task_modules import SizeWiseAssigner


def square(x, y, side):
    return [x - side / 2, y - side / 2, x + side / 2, y + side / 2]


def test_the_threshold_grows_by_015_when_the_side_doubles():
    sides = torch.tensor([1.0, 6, 9, 12, 24, 48, 192])
    boxes = torch.stack([torch.zeros(7), torch.zeros(7), sides, sides], 1)
    expected = [0.2, 0.2, 0.2, 0.25, 0.4, 0.55, 0.7]  # 9 px: 0.25 - 0.062, below the lowest
    assert SizeWiseAssigner().thresholds(boxes).tolist() == pytest.approx(expected)
    doubled = SizeWiseAssigner(base_size=24).thresholds(2 * boxes)
    assert doubled.tolist() == pytest.approx(expected)


def test_a_large_object_ignores_a_prior_that_the_public_code_takes():
    """An object of 24 px needs 0.4; this prior has (24 * 8) / (24 * 24) = 1/3."""
    data = instances([[0, 0, 24, 8], [0, 0, 24, 24]], [square(12, 12, 24)])
    assert SizeWiseAssigner().assign(*data).gt_inds.tolist() == [-1, 1]
    assert SizeWiseAssigner(as_published=True).assign(*data).gt_inds.tolist() == [1, 1]


def test_a_tiny_object_takes_what_a_fixed_threshold_would_not():
    """Anchors of 8 px: an object of 4 px in one has 16 / 64, one of 3 px 9 / 64."""
    priors = [square(4, 4, 8), square(20, 20, 8), square(40, 40, 8)]
    data = instances(priors, [square(4, 4, 4), square(20, 20, 3)])
    result = SizeWiseAssigner().assign(*data)
    assert result.gt_inds.tolist() == [1, 0, 0]
    assert result.max_overlaps.tolist() == pytest.approx([0.25, 0, 0])  # below 0.15 counts as 0


@pytest.mark.parametrize("as_published", [False, True])
def test_equal_to_plain_loops(as_published):
    assigner = SizeWiseAssigner(as_published=as_published, memory_limit_mb=0.001)
    for number in range(40):
        priors, gts = problem(number)
        expected = by_size(priors, gts, 0.25 if as_published else 0.7)
        assert assigner.assign(*instances(priors, gts)).gt_inds.tolist() == expected, number


def by_size(priors, gts, highest):
    """The rule in plain loops."""
    inds = []
    for prior in priors:
        values = [brute_force.rounded(iou(prior, gt)) for gt in gts]
        best = max(values, default=0.0)
        if best < 0.15:
            inds.append(0)
            continue
        gt = values.index(best)
        _, _, w, h = brute_force.shape(gts[gt])
        grown = 0.25 + 0.15 * math.log2(math.sqrt(w * h) / 12)
        inds.append(gt + 1 if best >= min(max(grown, 0.2), highest) else -1)
    return inds


def iou(a, b):
    w, h = (max(0.0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return w * h / max(sum(areas) - w * h, 1e-6)


def test_thresholds_that_do_not_ascend_are_refused():
    with pytest.raises(ValueError, match=r"SizeWiseAssigner: neg_iou_thr=0.3, .* must ascend"):
        SizeWiseAssigner(neg_iou_thr=0.3)
    with pytest.raises(ValueError, match=r"SizeWiseAssigner: base_size=0 is outside"):
        SizeWiseAssigner(base_size=0)
