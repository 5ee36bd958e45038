"""Which proposals become queries: D3Q's by the count, Dome-DETR's by dense windows and NMS."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from mmdet.structures.bbox import bbox_cxcywh_to_xyxy, bbox_overlaps

from tinydet.task_modules import PAQI, DensityQueryCount
from tinydet.task_modules.paqi import unsuppressed


@pytest.mark.parametrize(
    ("objects", "queries"), [(0, 30), (9, 30), (20.4, 60), (20.6, 63), (66, 198), (70, 200)]
)
def test_three_queries_an_object_within_limits(objects, queries):
    density = torch.full((10, 10), objects / 100)
    assert DensityQueryCount(minimum=30).count(density, maximum=200) == queries


def test_the_best_proposals_of_each_image():
    scores = torch.tensor([[0.1, 0.5], [0.9, 0.0], [0.2, 0.3], [0.0, 0.7]])
    density = [torch.tensor([[1.0, 1.0]]), torch.tensor([[0.0, 1.0]])]
    select = DensityQueryCount(ratio=1.5, minimum=1)
    first, second = select([scores, scores], [None, None], density, 4)
    assert first.tolist() == [1, 3, 0]
    assert second.tolist() == [1, 3]


# Four windows of 2 x 2 cells; proposals at the middle of each, best first: row 0, then row 1.
CORNERS = torch.tensor(
    [[0.25, 0.25, 0.1, 0.1], [0.75, 0.25, 0.1, 0.1], [0.25, 0.75, 0.1, 0.1], [0.75, 0.75, 0.1, 0.1]]
)
SCORES = torch.tensor([[4.0], [3.0], [2.0], [1.0]])


def map_of(windows):
    """Return a density of 4 x 4 cells."""
    return torch.tensor(windows).repeat_interleave(2, 0).repeat_interleave(2, 1)


def select(density, boxes=CORNERS, scores=SCORES, minimum=1, **kwargs):
    paqi = PAQI(minimum=minimum, window=2, dense=0.3, **kwargs)
    images = len(density)
    return [one.tolist() for one in paqi([scores] * images, [boxes] * images, density, len(boxes))]


def test_the_best_always_and_others_in_dense_windows():
    density = map_of([[0.0, 1.0], [0.0, 0.0]])
    # A window that borders on the dense one counts as well, one that touches its corner does not.
    wide = PAQI(minimum=1, window=2, dense=0.3)
    assert wide.dense_windows(density[::2, ::2], (4, 4)).tolist() == [[True, True], [False, True]]
    assert select([density]) == [[0, 1, 3]]
    assert select([density], minimum=3) == [[0, 1, 2, 3]]


def test_a_sparse_image_keeps_its_queries_beside_a_crowded_one():
    sparse, crowded = map_of([[0.0, 0.2], [0.0, 0.0]]), map_of([[0.0, 1.0], [0.0, 0.0]])
    alone = select([sparse])
    assert select([sparse, crowded]) == alone + select([crowded]) == [[0, 1, 3], [0, 1, 3]]
    # Published, the map is divided by the maximum of the batch: 0.2 is below the threshold.
    assert select([sparse, crowded], as_published=True)[0] == [0]


def test_the_density_is_looked_up_at_row_and_column():
    # Two boxes of IoU 0.6 in the window of row 0, column 1, where only a density of 1 lets both be.
    boxes = torch.tensor([[0.75, 0.25, 0.2, 0.2], [0.75 + 0.05, 0.25, 0.2, 0.2]])
    overlap = bbox_overlaps(*bbox_cxcywh_to_xyxy(boxes)[:, None]).item()
    assert overlap == pytest.approx(0.6)
    density = map_of([[0.0, 1.0], [0.0, 0.0]])
    pair = dict(boxes=boxes, scores=SCORES[:2])
    assert select([density], **pair) == [[0, 1]]
    # Published, row and column change places: the density at row 1, column 0 is 0.
    assert select([density], **pair, as_published=True) == [[0]]


def test_wide_maps():
    density = torch.zeros(4, 8)
    density[3, 6] = 1.0
    boxes = torch.tensor([[0.1, 0.1, 0.1, 0.1], [0.85, 0.9, 0.1, 0.1], [0.1, 0.9, 0.1, 0.1]])
    assert select([density], boxes, SCORES[:3]) == [[0, 1]]


@given(st.integers(0, 40), st.integers(0, 2**31))
def test_suppression_equals_a_plain_loop(count, seed):
    random = torch.Generator().manual_seed(seed)
    boxes = torch.rand(count, 4, generator=random) * torch.tensor([0.5, 0.5, 0.4, 0.4])
    labels = torch.randint(2, (count,), generator=random)
    thresholds = 0.1 + 0.5 * torch.rand(count, generator=random)
    corners = bbox_cxcywh_to_xyxy(boxes)
    overlaps = bbox_overlaps(corners, corners)
    kept = []
    for i in range(count):
        if not any(overlaps[j, i] >= thresholds[j] and labels[i] == labels[j] for j in kept):
            kept.append(i)
    assert unsuppressed(boxes, labels, thresholds).nonzero().squeeze(1).tolist() == kept


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (DensityQueryCount, dict(ratio=0)),
        (DensityQueryCount, dict(minimum=0)),
        (PAQI, dict(dense=1.0)),
        (PAQI, dict(base=0)),
        (PAQI, dict(window=2.5)),
    ],
)
def test_wrong_arguments_are_named(kind, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{kind.__name__}: {name}="):
        kind(**wrong)
