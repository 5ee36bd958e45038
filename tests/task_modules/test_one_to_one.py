"""One prior an object: the rule of mmyolo can break it, ours cannot."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("mmyolo")

from mmyolo.models.task_modules.assigners import BatchTaskAlignedAssigner

from tinydet.task_modules import NWDTaskAlignedAssigner, TaskAlignedAssigner
from tinydet.task_modules.one_to_one import strongest_claims

CLASSES = 3
SETTINGS = dict(num_classes=CLASSES, topk=1, alpha=0.5, beta=6.0)


def three_objects_of_two_priors():
    """Objects A, B and C of three classes around priors p and q at (8, 8) and (16, 8).

    The box at p is that of C; its score is high for A and B and low for C, which claims q. So A and
    B claim p, and p overlaps C most.
    """
    priors = torch.tensor([[8.0, 8, 8, 8], [16, 8, 8, 8]])
    c = [0.0, 0.0, 24.0, 16.0]
    objects = torch.tensor([[[0.0, 0, 14, 16], [0, 0, 15, 16], c]])
    boxes = torch.tensor([[c, [0.0, 1, 24, 16]]])
    scores = torch.tensor([[[0.9, 0.9, 0.01], [0.1, 0.1, 0.9]]])
    labels = torch.tensor([[[0.0], [1.0], [2.0]]])
    return boxes, scores, priors, labels, objects, torch.ones(1, 3, 1)


def priors_of_c(assigner):
    result = assigner(*three_objects_of_two_priors())
    return [
        label
        for label, positive in zip(
            result["assigned_labels"][0].tolist(), result["fg_mask_pre_prior"][0], strict=True
        )
        if positive
    ]


@pytest.mark.parametrize("kind", [BatchTaskAlignedAssigner, TaskAlignedAssigner])
def test_with_k_1_alone_an_object_can_have_two_priors(kind):
    assert priors_of_c(kind(**SETTINGS)) == [2, 2]


@pytest.mark.parametrize("kind", [TaskAlignedAssigner, NWDTaskAlignedAssigner])
def test_with_one_to_one_a_claimant_keeps_the_contested_prior(kind):
    assert priors_of_c(kind(**SETTINGS, one_to_one=True)) == [1, 2]  # B overlaps p more than A


def test_it_needs_k_1():
    with pytest.raises(ValueError, match="needs topk=1, not topk=10"):
        TaskAlignedAssigner(CLASSES, topk=10, one_to_one=True)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 1, width=32)), max_size=20
    )
)
def test_strongest_claims_are_those_of_a_loop(claims):
    prior, gt, overlap = (list(part) for part in zip(*claims, strict=True)) if claims else ([],) * 3
    best = {}
    for number, place in enumerate(prior):
        if place not in best or overlap[number] > overlap[best[place]]:
            best[place] = number
    expected = [(place, gt[best[place]]) for place in sorted(best)]
    found = strongest_claims(
        torch.tensor(prior, dtype=torch.long),
        torch.tensor(gt, dtype=torch.long),
        torch.tensor(overlap),
    )
    assert list(zip(*(part.tolist() for part in found), strict=True)) == expected


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_no_object_and_no_prior_has_two_matches(seed):
    torch.manual_seed(seed)
    places = torch.arange(4, 64, 8.0)
    y, x = torch.meshgrid(places, places, indexing="ij")
    priors = torch.stack([x, y, torch.full_like(x, 8), torch.full_like(x, 8)], -1).view(-1, 4)
    center, half = torch.rand(2, 12, 2) * 64, torch.rand(2, 12, 2) * 20 + 2
    objects = torch.cat([center - half, center + half], -1)
    reach = torch.rand(2, len(priors), 2) * 20 + 2
    boxes = torch.cat([priors[:, :2] - reach, priors[:, :2] + reach], -1)
    labels = torch.randint(CLASSES, (2, 12, 1)).float()
    scores = torch.rand(2, len(priors), CLASSES)
    assigner = TaskAlignedAssigner(**SETTINGS, one_to_one=True)
    result = assigner(boxes, scores, priors, labels, objects, torch.ones(2, 12, 1))
    for sample in range(2):
        owned = result["assigned_bboxes"][sample][result["fg_mask_pre_prior"][sample]]
        assert len(owned) == len(owned.unique(dim=0)) > 0
