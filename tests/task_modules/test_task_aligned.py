"""Task-aligned assignment: equal to mmyolo's, with NWD by hand, in bounded memory."""

import math

import pytest
import torch
from problems import points_of

pytest.importorskip("mmyolo")

from mmyolo.models.task_modules.assigners import BatchTaskAlignedAssigner

from tinydet.registry import TASK_UTILS
from tinydet.task_modules import NWDTaskAlignedAssigner, TaskAlignedAssigner

CLASSES = 3


def problem(seed, batch=2, objects=6, size=64):
    """Random predictions near their priors, and objects of 3-43 px, fewer in the last image."""
    draw = torch.Generator().manual_seed(seed)

    def rand(*shape):
        return torch.rand(*shape, generator=draw)

    priors = points_of(size)
    center, sides = rand(batch, objects, 2) * size, rand(batch, objects, 2) ** 2 * 40 + 3
    gts = torch.cat([center - sides / 2, center + sides / 2], -1).clamp(0, size)
    labels = (rand(batch, objects, 1) * CLASSES).floor()
    flag = torch.ones(batch, objects, 1)
    flag[-1, objects // 2 :] = 0
    at = priors[:, :2] + torch.randn(batch, len(priors), 2, generator=draw) * 4
    half = rand(batch, len(priors), 2) * 10 + 0.5
    boxes = torch.cat([at - half, at + half], -1)
    return boxes, rand(batch, len(priors), CLASSES), priors, labels * flag, gts * flag, flag


@pytest.mark.parametrize("use_ciou", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_as_mmyolos(seed, use_ciou):
    options = dict(num_classes=CLASSES, topk=5, alpha=0.5, beta=6, use_ciou=use_ciou)
    inputs = problem(seed)
    theirs = BatchTaskAlignedAssigner(**options)(*inputs)
    ours = TaskAlignedAssigner(**options)(*inputs)
    torch.testing.assert_close(
        ours["assigned_scores"], theirs["assigned_scores"], rtol=1e-4, atol=1e-6
    )
    trained = theirs["assigned_scores"].sum(-1) > 0
    positive = ours["fg_mask_pre_prior"]
    assert torch.equal(positive, trained)  # theirs lists some of score 0 beside them
    for key in ("assigned_labels", "assigned_bboxes"):
        assert torch.equal(ours[key][positive], theirs[key][positive])


@pytest.mark.parametrize("kind", [TaskAlignedAssigner, NWDTaskAlignedAssigner])
def test_the_memory_limit_does_not_matter(kind):
    inputs = problem(1, objects=400)  # more than are compared at once in 1 MB
    whole, parts = (kind(CLASSES, memory_limit_mb=limit)(*inputs) for limit in (256, 1))
    for key, value in whole.items():
        assert torch.equal(parts[key], value)


def by_hand(assigner):
    """An 8 px object around priors at 2 and 6 px of a stride-4 row, and predictions of each."""
    priors = torch.tensor([[2.0, 4, 4, 4], [6, 4, 4, 4], [10, 4, 4, 4]])
    boxes = torch.tensor([[[0.0, 0, 8, 8], [3, 4, 11, 12], [0, 0, 8, 8]]])
    scores = torch.tensor([[[0.25, 0], [0.81, 0], [1, 0]]])
    objects = torch.tensor([[[0.0, 0, 8, 8]]])
    return assigner(boxes, scores, priors, torch.zeros(1, 1, 1), objects, torch.ones(1, 1, 1))


def test_nwd_by_hand():
    # Prior 2 lies outside. W = 0 and 5 px: NWD = 1 and exp(-0.5) at C = 10.
    near = math.exp(-0.5)
    aligned = [math.sqrt(0.25), math.sqrt(0.81) * near]  # alpha = 0.5, beta = 1
    result = by_hand(NWDTaskAlignedAssigner(2, topk=2, alpha=0.5, beta=1, constant=10))
    assert result["fg_mask_pre_prior"].tolist() == [[True, True, False]]
    # Scaled so that the best prior is trained to the largest overlap, 1.
    expected = [value * 1 / max(aligned) for value in aligned] + [0]
    assert result["assigned_scores"][0, :, 0].tolist() == pytest.approx(expected, rel=1e-5)
    assert result["assigned_scores"][0, :, 1].tolist() == [0, 0, 0]
    only = by_hand(NWDTaskAlignedAssigner(2, topk=1, alpha=0.5, beta=1, constant=10))
    assert only["fg_mask_pre_prior"].tolist() == [[False, max(aligned) == aligned[1], False]]


def test_nwd_keeps_priors_whose_predictions_do_not_overlap():
    # What the class is for: a 2 px object and a prediction beside it have an IoU of 0.
    priors = torch.tensor([[2.0, 2, 4, 4]])
    objects = torch.tensor([[[1.0, 1, 3, 3]]])
    arguments = (torch.tensor([[[3.5, 1, 5.5, 3]]]), torch.ones(1, 1, 1), priors)
    arguments += (torch.zeros(1, 1, 1), objects, torch.ones(1, 1, 1))
    assert not TaskAlignedAssigner(1)(*arguments)["fg_mask_pre_prior"].any()
    assert NWDTaskAlignedAssigner(1)(*arguments)["fg_mask_pre_prior"].all()


def test_equal_metrics_take_the_first_k_and_no_more():
    priors = points_of(16, strides=(4,))
    boxes = torch.tensor([0.0, 0, 16, 16]).repeat(1, 16, 1)
    result = TaskAlignedAssigner(1, topk=3)(
        boxes,
        torch.full((1, 16, 1), 0.5),
        priors,
        torch.zeros(1, 1, 1),
        torch.tensor([[[0.0, 0, 16, 16]]]),
        torch.ones(1, 1, 1),
    )
    assert result["fg_mask_pre_prior"].nonzero()[:, 1].tolist() == [0, 1, 2]


def test_a_contested_prior_goes_to_the_object_it_overlaps_most():
    objects = torch.tensor([[[0.0, 0, 8, 8], [0, 0, 6, 6]]])
    result = TaskAlignedAssigner(2, topk=1)(
        torch.tensor([[[0.0, 0, 6, 6]]]),
        torch.full((1, 1, 2), 0.5),
        torch.tensor([[2.0, 2, 4, 4]]),
        torch.tensor([[[0.0], [1.0]]]),
        objects,
        torch.ones(1, 2, 1),
    )
    assert result["assigned_labels"].tolist() == [[1]]
    assert torch.equal(result["assigned_bboxes"][0], objects[0, 1:])


@pytest.mark.parametrize("objects", [0, 2])
def test_images_without_objects(objects):
    boxes, scores, priors, *_ = problem(0)
    flag = torch.zeros(2, objects, 1)
    result = TaskAlignedAssigner(CLASSES)(boxes, scores, priors, flag, flag.repeat(1, 1, 4), flag)
    assert not result["fg_mask_pre_prior"].any()
    assert not result["assigned_scores"].any()
    assert result["assigned_labels"].shape == boxes.shape[:2]


@pytest.mark.parametrize("kind", ["TaskAlignedAssigner", "NWDTaskAlignedAssigner"])
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (dict(topk=0), "topk=0 must be a whole number"),
        (dict(topk=1.5), "topk=1.5 must be a whole number"),
        (dict(memory_limit_mb=0), "memory_limit_mb=0 is outside"),
    ],
)
def test_bad_arguments_are_named(kind, bad, words):
    with pytest.raises(ValueError, match=f"{kind}: {words}"):
        TASK_UTILS.build(dict(type=f"tinydet.{kind}", num_classes=2, **bad))


def test_a_bad_constant_is_named():
    with pytest.raises(ValueError, match="constant=0 is outside"):
        NWDTaskAlignedAssigner(2, constant=0)
