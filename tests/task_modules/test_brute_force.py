"""Every assigner against plain loops over the full table, on random problems.

``TINYDET_PROBLEMS=1000 pytest tests/task_modules/test_brute_force.py`` runs more of them.
"""

import os
from functools import partial

import brute_force as plain
import pytest
import torch
from mmengine.structures import InstanceData
from problems import instances, problem

from tinydet.task_modules import (
    HierarchicalAssigner,
    NWDAssigner,
    RankingAssigner,
    SimDAssigner,
    ThresholdAssigner,
)

PROBLEMS = int(os.environ.get("TINYDET_PROBLEMS", "80"))
NWD = partial(plain.nwd, constant=12.7)
DOTD = partial(plain.dotd, constant=6.0)
SIMD = partial(plain.simd, m=6.13, n=4.59)

# name: assigner, the same in plain loops
CASES = {
    "NWD": (NWDAssigner(12.7), partial(plain.by_threshold, similarity=NWD)),
    "NWD, every object matched": (
        NWDAssigner(12.7, min_pos_iou=0, neg_iou_thr=(0.1, 0.5)),
        partial(plain.by_threshold, similarity=NWD, lowest=0, neg=(0.1, 0.5)),
    ),
    "NWD, no low quality": (
        NWDAssigner(12.7, match_low_quality=False),
        partial(plain.by_threshold, similarity=NWD, low_quality=False),
    ),
    "DotD": (
        ThresholdAssigner("dotd", 6.0),
        partial(plain.by_threshold, similarity=DOTD),
    ),
    "SimD": (SimDAssigner(6.13, 4.59), partial(plain.by_threshold, similarity=SIMD)),
    "Ranking": (RankingAssigner(), partial(plain.by_ranking, similarity=NWD)),
    "Ranking, DotD, k = 4": (
        RankingAssigner(4, 6.0, distance="dotd"),
        partial(plain.by_ranking, similarity=DOTD, k=4),
    ),
    "Ranking, SimD": (
        RankingAssigner(3, distance=dict(type="simd", m=6.13, n=4.59)),
        partial(plain.by_ranking, similarity=SIMD, k=3),
    ),
    "Hierarchical": (HierarchicalAssigner(), partial(plain.by_hierarchy, similarity=plain.kld)),
    "Hierarchical, Wasserstein": (
        HierarchicalAssigner((2, 2), 0.5, "wasserstein", 0.1),
        partial(
            plain.by_hierarchy, similarity=plain.wasserstein, k=(2, 2), ratio=0.5, negative=0.1
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_equal_to_plain_loops(name):
    assigner, loops = CASES[name]
    for number in range(PROBLEMS):
        priors, gts = problem(number)
        result = assigner.assign(*instances(priors, gts))
        inds, overlaps = loops(priors, gts) if gts else ([0] * len(priors), [0.0] * len(priors))
        assert result.gt_inds.tolist() == inds, f"problem {number}"
        assert result.max_overlaps.tolist() == pytest.approx(overlaps, rel=1e-6), number
        labels = [-1 if ind <= 0 else (ind - 1) % 7 for ind in inds]
        assert result.labels.tolist() == labels, f"problem {number}"


IGNORING = {
    "NWD": NWDAssigner(12.7, ignore_iof_thr=0.53),
    "SimD": SimDAssigner(6.13, 4.59, ignore_iof_thr=0.53),
    "Ranking": RankingAssigner(ignore_iof_thr=0.53),
    "Hierarchical": HierarchicalAssigner(ignore_iof_thr=0.53),
}
REGION = [8.0, 8.0, 30.0, 40.0]


@pytest.mark.parametrize("name", IGNORING)
def test_ignored_priors_are_as_if_they_were_not_there(name):
    regions = InstanceData(bboxes=torch.tensor([REGION, [1e3, 1e3, 2e3, 2e3]]))
    for number in range(PROBLEMS // 4):
        priors, gts = problem(number)
        takes_part = [_share_inside(prior, REGION) <= 0.53 for prior in priors]
        kept = [prior for prior, part in zip(priors, takes_part, strict=True) if part]
        inds = iter(CASES[name][1](kept, gts)[0] if gts else [0] * len(kept))
        expected = [next(inds) if part else -1 for part in takes_part]
        result = IGNORING[name].assign(*instances(priors, gts), regions)
        assert result.gt_inds.tolist() == expected, f"problem {number}"


def _share_inside(box, region):
    width = min(box[2], region[2]) - max(box[0], region[0])
    height = min(box[3], region[3]) - max(box[1], region[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return max(width, 0) * max(height, 0) / area if area > 0 else 0.0
