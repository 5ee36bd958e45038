"""The regression of boxes: the problem, one step by hand, and what is known of some losses."""

import math

import pytest
import torch

from tinydet.analysis.regression import SIZES, Problem, decode, make_problem, regress
from tinydet.models.losses import BoxLoss, GIoULoss, IoULoss, NWDLoss, RSIoULoss
from tinydet.models.losses import iou_terms as terms


class ShiftLoss(BoxLoss):
    """``|dx|``, whose gradient is 1 or -1."""

    unit = "pixels"

    def pairwise(self, pred, target):
        pairs = terms.box_pairs(pred, target)
        return pairs.dx.abs(), terms.iou(pairs)


def test_decode_by_hand():
    outputs = torch.tensor([[1.5, -1, math.log(6), math.log(2)]])
    boxes = decode(outputs, torch.tensor([[4.0]]))
    assert boxes[0].tolist() == pytest.approx([3, -5, 9, -3])


def test_boxes_of_a_problem_are_as_described():
    problem = make_problem(count=64, offset=5)
    pairs = terms.box_pairs(decode(problem.start, problem.stride), problem.target)
    assert 4.5 < pairs.dx.hypot(pairs.dy).max() <= 5  # px, at every stride
    for start, side in ((pairs.wp, pairs.wg), (pairs.hp, pairs.hg)):
        growth = start / side
        assert 0.5 <= growth.min() < 0.6
        assert 1.8 < growth.max() <= 2
    aspect = pairs.wg / pairs.hg
    assert 0.25 <= aspect.min() < 0.3
    assert 3.5 < aspect.max() <= 4
    for size, (low, high) in zip((pairs.wg * pairs.hg).sqrt().view(4, -1), SIZES, strict=True):
        assert low <= size.min() < 1.1 * low
        assert 0.9 * high < size.max() <= high


def test_steps_by_hand():
    # Boxes of 8 x 8, 200 px to the right: they never overlap, so the factor 2 - IoU is 2. A step
    # moves the center by 2 * rate * stride * stride px, a tenth of it and a hundredth at the end.
    side = math.log(8)
    strides = torch.tensor([[1.0], [2.0], [4.0], [5.0]])
    start = torch.cat([200 / strides, torch.tensor([[0, side, side]]).expand(4, 3)], 1).double()
    target = torch.tensor([[-4.0, -4, 4, 4]]).expand(4, 4).double()
    run = regress(ShiftLoss(reduction="none"), Problem(start, target, strides.double()), 0.1, 10)
    assert run.distance.shape == run.iou.shape == (11, 4)
    moves = run.distance[:-1] - run.distance[1:]
    expected = torch.tensor([1.0] * 8 + [0.1, 0.01])[:, None] * 0.2 * strides.T**2
    torch.testing.assert_close(moves, expected.double(), atol=1e-5, rtol=0)
    assert (run.iou == 0).all()


def test_known_behavior_of_three_losses_on_the_smallest_boxes():
    problem = make_problem(count=32, offset=8)
    runs = {
        kind: regress(kind(reduction="none"), problem, rate, 100)
        for kind, rate in ((IoULoss, 0.05), (GIoULoss, 0.05), (NWDLoss, 0.1))
    }
    iou, giou, nwd = (run.iou[-1, 0] for run in runs.values())
    assert iou < 0.6  # disjoint boxes get no gradient
    assert giou > 0.85
    assert nwd > 0.95


def test_scaling_everything_changes_no_loss_made_of_ratios():
    problem = make_problem(count=8, offset=3)
    start = problem.start + torch.tensor([0, 0, math.log(4), math.log(4)])
    larger = Problem(start, 4 * problem.target, 4 * problem.stride)
    for loss in (GIoULoss(reduction="none"), RSIoULoss(reduction="none", focal="distance")):
        run, of_larger = (regress(loss, each, 0.02, 20) for each in (problem, larger))
        torch.testing.assert_close(of_larger.iou, run.iou, atol=1e-4, rtol=0)
        torch.testing.assert_close(of_larger.distance, 4 * run.distance, atol=1e-3, rtol=0)


def test_the_seed_fixes_everything_and_too_great_a_rate_stays_finite():
    problems = [make_problem(16, 8, seed=seed) for seed in (3, 3, 4)]
    first, again, other = (regress(NWDLoss(reduction="none"), p, 0.1, 5) for p in problems)
    assert torch.equal(first.iou, again.iou)
    assert not torch.equal(first.iou, other.iou)
    run = regress(RSIoULoss(reduction="none"), problems[0], 1e6, 20)
    assert torch.isfinite(run.iou).all()
    assert torch.isfinite(run.distance).all()
