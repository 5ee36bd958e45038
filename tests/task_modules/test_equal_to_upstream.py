"""The sparse assigners give upstream's results on 300 random problems each.

Among the problems are ties, duplicates of objects, objects of no or negative size, images without
objects and padding. Of equal metrics or costs ``torch.topk`` takes any; here upstream's own code
runs with the one choice that its rule leaves open made as ours: the first of equal ones, and, in
the task-aligned assignment, none of metric 0.
"""

import pytest
import torch
from mmdet.models.task_modules.assigners import SimOTAAssigner as UpstreamSimOTA
from mmdet.models.task_modules.assigners import sim_ota_assigner
from mmengine.structures import InstanceData
from problems import points_of

from tinydet.task_modules import SimOTAAssigner, TaskAlignedAssigner

pytest.importorskip("mmyolo")

from mmyolo.models.task_modules.assigners import BatchTaskAlignedAssigner

SIZE, CLASSES, TOPK = 32, 3, 4


class UpstreamTaskAligned(BatchTaskAlignedAssigner):
    """mmyolo's, which takes the first of equal metrics and none of 0."""

    def select_topk_candidates(self, alignment_gt_metrics, using_largest_topk=True, topk_mask=None):
        order = alignment_gt_metrics.argsort(dim=-1, descending=True, stable=True)
        order = order[..., : self.topk]
        chosen = torch.zeros_like(alignment_gt_metrics).scatter_(-1, order, 1.0)
        return chosen * (alignment_gt_metrics > 0) * topk_mask[..., :1]


def first_of_equal(values, k, dim=-1, largest=True):
    """``torch.topk`` that takes the first of equal values."""
    ordered = values.sort(dim=dim, descending=largest, stable=True)
    return tuple(part.narrow(dim, 0, int(k)) for part in ordered)


def problem(seed):
    """Return predictions ``(B, N, 4)``, ``(B, N, classes)``, priors, labels, objects and flags."""
    draw = torch.Generator().manual_seed(seed)

    def rand(*shape):
        return torch.rand(*shape, generator=draw)

    batch, objects = 1 + seed % 3, seed % 8
    priors = points_of(SIZE, strides=(4, 8, 16))
    center, sides = rand(batch, objects, 2) * SIZE, rand(batch, objects, 2) ** 2 * 24
    gts = torch.cat([center - sides / 2, center + sides / 2], -1)
    labels = (rand(batch, objects, 1) * CLASSES).floor()
    if objects > 3 and seed % 4 == 1:  # duplicates, of the same and of another class
        gts[:, 1], gts[:, 3] = gts[:, 0], gts[:, 2]
        labels[:, 1] = labels[:, 0]
    if objects > 2 and seed % 5 == 2:  # a point, a line, and corners the wrong way round
        gts[:, 0, 2:] = gts[:, 0, :2]
        gts[:, 1, 2] = gts[:, 1, 0]
        gts[:, 2] = gts[:, 2, [2, 3, 0, 1]]
    at = priors[:, :2] + torch.randn(batch, len(priors), 2, generator=draw) * 4
    half = rand(batch, len(priors), 2) * 12 + 0.5
    boxes = torch.cat([at - half, at + half], -1)
    scores = rand(batch, len(priors), CLASSES)
    if seed % 3 == 0:  # ties: predictions and scores of a few values, objects on whole pixels
        boxes, gts = (boxes / 8).round() * 8, (gts / 4).round() * 4
        scores = scores.round() * 0.5 + 0.25
    real = (rand(batch, 1, 1) * (objects + 1)).floor()  # of the last images some are padding
    flag = (torch.arange(objects)[:, None] < real).float().expand(batch, objects, 1).clone()
    flag[0] = 1
    return boxes, scores, priors, labels * flag, gts * flag, flag


@pytest.mark.parametrize("use_ciou", [True, False])
def test_task_aligned_is_mmyolos(use_ciou):
    options = dict(num_classes=CLASSES, topk=TOPK, alpha=0.5, beta=2, use_ciou=use_ciou)
    theirs, ours = UpstreamTaskAligned(**options), TaskAlignedAssigner(**options)
    positives = 0
    for seed in range(150 * use_ciou, 150 * use_ciou + 150):
        inputs = problem(seed)
        expected, result = theirs(*inputs), ours(*inputs)
        positive = expected["fg_mask_pre_prior"].bool()
        assert torch.equal(result["fg_mask_pre_prior"], positive), f"problem {seed}"
        for key in ("assigned_labels", "assigned_bboxes"):
            assert torch.equal(result[key], expected[key]), f"problem {seed}: {key}"
        torch.testing.assert_close(
            result["assigned_scores"], expected["assigned_scores"], rtol=1e-5, atol=1e-7
        )
        positives += int(positive.sum())
    assert positives > 600


def test_simota_is_mmdets(monkeypatch):
    monkeypatch.setattr(sim_ota_assigner.torch, "topk", first_of_equal)
    theirs, ours = UpstreamSimOTA(), SimOTAAssigner()
    positives = 0
    for seed in range(300):
        boxes, scores, priors, labels, gts, flag = (
            part[-1] if part.dim() == 3 else part for part in problem(seed)
        )
        real = flag[:, 0] > 0
        gt = InstanceData(bboxes=gts[real], labels=labels[real, 0])
        pred = InstanceData(priors=priors, bboxes=boxes, scores=scores)
        expected, result = theirs.assign(pred, gt), ours.assign(pred, gt)
        assert torch.equal(result.gt_inds, expected.gt_inds), f"problem {seed}"
        assert torch.equal(result.labels, expected.labels), f"problem {seed}"
        assert torch.equal(result.max_overlaps, expected.max_overlaps), f"problem {seed}"
        positives += int((result.gt_inds > 0).sum())
    assert positives > 600
