"""InfoNCE by hand, against a plain loop, and its gradient."""

import math

import pytest
import torch

from tinydet.models.losses import InfoNCELoss
from tinydet.models.losses.info_nce_loss import info_nce


def by_loops(anchors, samples, positive, negative, temperature):
    losses = []
    for a, anchor in enumerate(anchors):
        similar = [
            float(anchor @ sample) / float(anchor.norm() * sample.norm()) / temperature
            for sample in samples
        ]
        taken = [s for s in range(len(samples)) if positive[a, s] or negative[a, s]]
        below = sum(math.exp(similar[s]) for s in taken)
        terms = [-math.log(math.exp(similar[s]) / below) for s in taken if positive[a, s]]
        losses.append(sum(terms) / max(len(terms), 1))
    return losses


def test_by_hand():
    """Similarities 1, 0 and -1, temperature 1: the first is positive, the last no sample."""
    anchors, samples = torch.tensor([[2.0, 0]]), torch.tensor([[3.0, 0], [0, 1], [-1, 0]])
    positive, negative = torch.tensor([[True, False, False]]), torch.tensor([[False, True, False]])
    found = info_nce(anchors, samples, positive, negative, 1.0)
    assert found.item() == pytest.approx(math.log(1 + math.exp(-1)))
    loss = InfoNCELoss(temperature=1.0, loss_weight=0.5)
    weighted = loss(anchors, samples, positive, negative, torch.tensor([0.1]))
    assert weighted.item() == pytest.approx(0.05 * math.log(1 + math.exp(-1)))


def test_against_plain_loops():
    torch.manual_seed(0)
    anchors, samples = torch.randn(5, 8), torch.randn(12, 8)
    draw = torch.rand(5, 12)
    positive, negative = draw < 0.3, draw > 0.5
    positive[3] = False
    found = info_nce(anchors, samples, positive, negative, 0.6)
    expected = by_loops(anchors.double(), samples.double(), positive, negative, 0.6)
    assert found.tolist() == pytest.approx(expected, rel=1e-5)
    assert found[3] == 0


def test_an_anchor_without_samples_has_a_loss_and_a_gradient_of_0():
    anchors, samples = torch.randn(2, 4, requires_grad=True), torch.randn(3, 4)
    none = torch.zeros(2, 3, dtype=torch.bool)
    loss = InfoNCELoss()(anchors, samples, none, none)
    loss.backward()
    assert loss == 0
    assert (anchors.grad == 0).all()


@pytest.mark.parametrize(("anchors", "samples"), [(0, 3), (2, 0), (0, 0)])
def test_nothing_to_compare(anchors, samples):
    none = torch.zeros(anchors, samples, dtype=torch.bool)
    loss = InfoNCELoss()(torch.randn(anchors, 4), torch.randn(samples, 4), none, none)
    assert loss == 0


def test_half_precision_is_computed_in_single():
    torch.manual_seed(0)
    anchors, samples = torch.randn(2, 4).bfloat16(), torch.randn(3, 4).bfloat16()
    positive = torch.eye(2, 3, dtype=torch.bool)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = InfoNCELoss()(anchors, samples, positive, ~positive)
    assert found.dtype == torch.float
    assert found == InfoNCELoss()(anchors.float(), samples.float(), positive, ~positive)


def test_a_temperature_of_0_is_refused():
    with pytest.raises(ValueError, match="InfoNCELoss: temperature=0 is outside"):
        InfoNCELoss(temperature=0)
