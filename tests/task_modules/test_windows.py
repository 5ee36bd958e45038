"""The windows miss no pair of interest, for any priors, and bounds of similarity are bounds."""

import pytest
import torch
from mmdet.models.task_modules import AnchorGenerator
from problems import problem

from tinydet.task_modules.similarities import build_similarity, shorten
from tinydet.task_modules.windows import Windows

KINDS = {
    "nwd": ("nwd", 12.7),
    "dotd": ("dotd", 6.0),
    "kld": ("kld", None),
    "wasserstein": ("wasserstein", None),
    "simd": (dict(type="simd", m=6.13, n=4.59), None),
    "iou": ("iou", None),
}


def similarity_of(kind):
    return build_similarity("test", *KINDS[kind])


def watched(kind, monkeypatch):
    """Return a similarity, and a list that grows by the number of pairs at each comparison."""
    similarity, looked_at = similarity_of(kind), []
    aligned = similarity.aligned
    monkeypatch.setattr(
        similarity, "aligned", lambda p, g: looked_at.append(len(p)) or aligned(p, g)
    )
    return similarity, looked_at


def table_of(similarity, priors, gts):
    """``(M, N)`` float64."""
    rows = [similarity.aligned(priors, gt.expand_as(priors)) for gt in gts]
    return torch.stack(rows) if rows else torch.zeros(0, len(priors), dtype=torch.float64)


def problems(first, last):
    for number in range(first, last):
        priors, gts = (torch.tensor(boxes).view(-1, 4) for boxes in problem(number))
        if len(priors):
            yield number, priors, gts


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("floor", [0.0, 1e-30, 0.01, 0.3, 0.8, 1.0])
def test_exactly_the_pairs_that_reach_the_floor(kind, floor):
    similarity = similarity_of(kind)
    for number, priors, gts in problems(0, 25):
        table = table_of(similarity, priors, gts)
        windows = Windows(priors, similarity, memory_limit_mb=1)
        blocks = list(windows.pairs(gts, torch.full((len(gts),), floor, dtype=torch.float64)))
        found = torch.zeros_like(table)
        for gt, prior, value in blocks:
            found[gt, prior] += value
        assert torch.equal(found, torch.where(table >= floor, table, 0)), f"problem {number}"
        gts_seen = torch.cat([block[0] for block in blocks] or [torch.zeros(0)])
        assert torch.equal(gts_seen, gts_seen.sort().values)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [1, 3, 40])
def test_a_bound_is_reached_by_k_priors(kind, k):
    similarity = similarity_of(kind)
    for number, priors, gts in problems(25, 50):
        bound = Windows(priors, similarity, 1).bound(gts, k)
        table = table_of(similarity, priors, gts)
        if len(priors) < k:
            assert (bound == 0).all()
        elif len(gts):
            assert (bound <= table.topk(k).values[:, -1]).all(), f"problem {number}"


def test_the_bound_of_an_anchor_grid_is_close_to_the_best():
    """Else a window would be large: the corners of the object's cell are looked at first."""
    generator = AnchorGenerator([8], [1.0], [1.0])
    priors = generator.grid_priors([(16, 16)], device="cpu")[0]
    center = 10 + 100 * torch.rand(50, 2, generator=torch.Generator().manual_seed(0))
    gts = torch.cat([center - 4, center + 4], 1)
    similarity = similarity_of("nwd")
    bound = Windows(priors, similarity, 1).bound(gts, 1)
    assert torch.equal(bound, table_of(similarity, priors, gts).amax(1))


# A square of 2 * 15.3 px has at most 9 x 9 cells of 4 px, 5 x 5 of 8 px, and half a cell of margin
# on either side.
@pytest.mark.parametrize(
    ("strides", "ratios", "most"), [([4], [1.0], 100), ([4, 8], [0.5, 1.0, 2.0], 3 * (100 + 36))]
)
def test_few_pairs_are_looked_at(strides, ratios, most, monkeypatch):
    """On anchor grids of 160 px; NWD 0.3 at C = 12.7 px is 15.3 px."""
    generator = AnchorGenerator(strides, ratios, [3.0])
    sizes = [(160 // stride, 160 // stride) for stride in strides]
    priors = torch.cat(generator.grid_priors(sizes, device="cpu"))
    similarity, looked_at = watched("nwd", monkeypatch)
    gt = torch.tensor([[74.0, 74, 86, 86]])
    windows = Windows(priors, similarity, 256)
    (_, prior, _), *_ = windows.pairs(gt, torch.tensor([0.3], dtype=torch.float64))
    assert len(prior) <= looked_at[-1] <= most
    assert len(prior) == (table_of(similarity, priors, gt) >= 0.3).sum()


def test_few_priors_are_looked_at_of_those_on_one_line(monkeypatch):
    """Where a grid over them all would have a row alone, and a cell for each 1e-3 px of height."""
    x = torch.arange(500) * 8.0
    priors = torch.stack([x, torch.zeros(500), x + 8, torch.full((500,), 8.0)], 1)
    priors[0, [1, 3]] += 1e-3
    similarity, looked_at = watched("nwd", monkeypatch)
    windows = Windows(priors, similarity, memory_limit_mb=1)
    gt = torch.tensor([[2000.0, 0, 2008, 8]])
    (_, prior, _), *_ = windows.pairs(gt, torch.tensor([0.3], dtype=torch.float64))
    assert prior.tolist() == [249, 250, 251]  # 15.3 px: one on either side
    assert looked_at[-1] <= 6


def test_shorten_keeps_24_bits_and_the_exponent():
    values = torch.tensor([1 / 3, 0.1, 1e-3, 1.0, 0.0], dtype=torch.float64)
    assert torch.equal(shorten(values), values.float().double())
    tiny = torch.tensor([1e-200 / 3], dtype=torch.float64)
    assert shorten(tiny).item() == pytest.approx(1e-200 / 3, rel=1e-7)
