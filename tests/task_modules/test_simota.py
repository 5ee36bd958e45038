"""SimOTA: equal to mmdet's, ties by index, in bounded memory, with another overlap."""

import pytest
import torch
from mmdet.models.task_modules.assigners import SimOTAAssigner as Upstream
from mmdet.models.task_modules.assigners import sim_ota_assigner as theirs_module
from mmengine.structures import InstanceData
from problems import points_of

from tinydet.registry import TASK_UTILS
from tinydet.task_modules import SimOTAAssigner, dynamic_k, simota
from tinydet.task_modules.distances import nwd

CLASSES = 3


def problem(seed, objects=6, size=64):
    """Random predictions at the centers of a pyramid's cells, and objects of 1-31 px."""
    draw = torch.Generator().manual_seed(seed)

    def rand(*shape):
        return torch.rand(*shape, generator=draw)

    priors = points_of(size)
    half = rand(len(priors), 2) * 10 + 0.5
    at = priors[:, :2] + (rand(len(priors), 2) - 0.5) * 16
    center, sides = rand(objects, 2) * size, rand(objects, 2) ** 2 * 30 + 1
    pred = InstanceData(
        priors=priors,
        bboxes=torch.cat([at - half, at + half], 1),
        scores=rand(len(priors), CLASSES),
    )
    gt = InstanceData(
        bboxes=torch.cat([center - sides / 2, center + sides / 2], 1),
        labels=torch.randint(0, CLASSES, (objects,), generator=draw),
    )
    return pred, gt


@pytest.mark.parametrize("seed", range(60))
def test_as_mmdets(seed, monkeypatch):
    # Added to 1e5, float32 costs that differ by less than 0.008 are equal, and which of equal ones
    # mmdet takes is not defined.
    for owner in (theirs_module, dynamic_k, simota):
        monkeypatch.setattr(owner, "INF", 1e3)
    inputs = problem(seed, objects=1 + seed % 12)
    theirs, ours = Upstream().assign(*inputs), SimOTAAssigner().assign(*inputs)
    assert torch.equal(ours.gt_inds, theirs.gt_inds)
    assert torch.equal(ours.labels, theirs.labels)
    torch.testing.assert_close(ours.max_overlaps, theirs.max_overlaps)


def slow_reference(pred, gt, radius=2.5, candidates=10):
    """The paper's rule one pair at a time, in the float32 of the inputs; first of equal costs."""
    upstream = Upstream(center_radius=radius)
    valid, both = upstream.get_in_gt_and_in_center_info(pred.priors, gt.bboxes)
    pred = pred[valid]
    overlap = upstream.iou_calculator(pred.bboxes, gt.bboxes)
    one_hot = torch.nn.functional.one_hot(gt.labels, CLASSES).to(pred.scores)
    shape = (len(pred), len(gt), CLASSES)
    wrong = torch.nn.functional.binary_cross_entropy(
        pred.scores[:, None].expand(shape), one_hot.expand(shape), reduction="none"
    ).sum(-1)
    cost = wrong - 3 * torch.log(overlap + 1e-7) + ~both * 1e5
    wants = {}
    for column in range(len(gt)):
        count = max(1, int(sum(sorted(overlap[:, column].tolist())[-candidates:])))
        for row in sorted(range(len(pred)), key=lambda row: cost[row, column].item())[:count]:
            wants.setdefault(row, []).append(column)
    owner = torch.zeros(len(valid), dtype=torch.long)
    for row, columns in wants.items():
        only = columns[0] if len(columns) == 1 else int(cost[row].argmin())
        owner[valid.nonzero()[row]] = only + 1
    return owner


@pytest.mark.parametrize(("seed", "objects"), [*((seed, 8) for seed in range(8)), (8, 400)])
def test_of_equal_costs_the_first_prior_goes_first_whatever_the_memory(seed, objects):
    """400 objects are more than are compared at once in 1 MB."""
    pred, gt = problem(seed, objects)
    # Predictions and scores from a few values: most costs are equal to others.
    pred.bboxes = (pred.bboxes / 8).round() * 8 + torch.tensor([0.0, 0, 4, 4])
    pred.scores = pred.scores.round() * 0.5 + 0.25
    expected = slow_reference(pred, gt)
    for limit in (256, 1):
        assigner = SimOTAAssigner(memory_limit_mb=limit)
        assert torch.equal(assigner.assign(pred, gt).gt_inds, expected)


class _NWD:
    """An overlap as mmdet's assigners call it."""

    def __call__(self, boxes, objects, mode="iou", is_aligned=False):
        return nwd(boxes if is_aligned else boxes[:, None], objects, 10.0)


def test_another_overlap_by_hand():
    # Two priors in a 2 px object's reach; predictions 3 and 6 px beside it: NWD exp(-.3), exp(-.6).
    assigner = SimOTAAssigner()
    assigner.iou_calculator = _NWD()
    pred = InstanceData(
        priors=torch.tensor([[2.0, 2, 4, 4], [2, 2, 8, 8]]),
        bboxes=torch.tensor([[4.0, 1, 6, 3], [7, 1, 9, 3]]),
        scores=torch.full((2, 1), 0.5),
    )
    gt = InstanceData(bboxes=torch.tensor([[1.0, 1, 3, 3]]), labels=torch.tensor([0]))
    result = assigner.assign(pred, gt)
    # 0.741 + 0.549 = 1.29 makes one prior, the nearer.
    assert result.gt_inds.tolist() == [1, 0]
    assert result.max_overlaps[0].item() == pytest.approx(0.740818, abs=1e-6)


@pytest.mark.parametrize("objects", [0, 3])
def test_nothing_to_assign(objects):
    pred, gt = problem(0, objects=objects)
    if objects:
        gt.bboxes += 1e4  # no prior near
    result = SimOTAAssigner().assign(pred, gt)
    assert not result.gt_inds.any()
    assert (result.labels == -1).all()
    nothing = SimOTAAssigner().assign(pred[:0], gt)
    assert nothing.gt_inds.shape == (0,)


def test_the_callers_tensors_stay():
    pred, gt = problem(5)
    before = [value.clone() for value in (*pred.values(), *gt.values())]
    SimOTAAssigner().assign(pred, gt)
    for old, new in zip(before, (*pred.values(), *gt.values()), strict=True):
        assert torch.equal(old, new)


@pytest.mark.parametrize("bad", [dict(candidate_topk=0), dict(memory_limit_mb=0)])
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match=f"SimOTAAssigner: {next(iter(bad))}=0 "):
        TASK_UTILS.build(dict(type="tinydet.SimOTAAssigner", **bad))


def test_predictions_that_are_not_finite_do_not_end_the_process():
    pred, gt = problem(5)
    pred.scores[:] = float("nan")
    pred.bboxes[::2] = float("nan")
    assert SimOTAAssigner().assign(pred, gt).gt_inds.any()
