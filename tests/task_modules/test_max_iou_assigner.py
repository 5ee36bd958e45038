"""Equal to mmdet's MaxIoUAssigner, whatever the options and whatever the blocks.

``TINYDET_PROBLEMS=1000 pytest tests/task_modules/test_max_iou_assigner.py`` runs more problems.
"""

import itertools
import os

import pytest
import torch
from mmdet.models.task_modules import AnchorGenerator
from mmdet.models.task_modules.assigners import MaxIoUAssigner as Upstream
from mmengine.structures import InstanceData
from problems import instances, problem

from tinydet.task_modules import MaxIoUAssigner, NWDOverlaps, bounded_assigner

PROBLEMS = int(os.environ.get("TINYDET_PROBLEMS", "25"))
OPTIONS = [
    dict(pos_iou_thr=pos, neg_iou_thr=neg, min_pos_iou=least, gt_max_assign_all=everyone)
    for (pos, neg), least, everyone in itertools.product(
        [(0.7, 0.3), (0.5, 0.5), (0.5, (0.1, 0.4)), (0.0, 0.0)], [0.0, 0.3], [True, False]
    )
]
OPTIONS += [
    dict(pos_iou_thr=0.5, neg_iou_thr=0.5, match_low_quality=False),
    dict(pos_iou_thr=0.5, neg_iou_thr=0.4, ignore_iof_thr=0.5),
    dict(pos_iou_thr=0.5, neg_iou_thr=0.4, ignore_iof_thr=0.5, ignore_wrt_candidates=False),
    dict(pos_iou_thr=0.5, neg_iou_thr=0.4, ignore_iof_thr=0.1, gt_max_assign_all=False),
]
REGIONS = InstanceData(bboxes=torch.tensor([[8.0, 8.0, 30.0, 40.0], [0.0, 0.0, 9.0, 9.0]]))
# fp16 overlaps and GIoU-like calculators go by tables, the plain one by windows
CALCULATORS = {
    "windows": dict(type="BboxOverlaps2D"),
    "tables": dict(type="BboxOverlaps2D", scale=4.0, dtype="fp16"),
}


@pytest.mark.parametrize("calculator", CALCULATORS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_equal_to_mmdet(options, calculator):
    options = options | dict(iou_calculator=CALCULATORS[calculator])
    # 0.001 MB is one object at a time
    ours = [MaxIoUAssigner(**options, memory_limit_mb=limit) for limit in (256, 0.001)]
    theirs = Upstream(**options)
    for number in range(PROBLEMS):
        data = instances(*problem(number))
        expected = theirs.assign(*data, REGIONS)
        for assigner in ours:
            result = assigner.assign(*data, REGIONS)
            for name in ("num_gts", "gt_inds", "max_overlaps", "labels"):
                mine, their = getattr(result, name), getattr(expected, name)
                assert torch.equal(torch.as_tensor(mine), torch.as_tensor(their)), (number, name)


@pytest.mark.parametrize("options", OPTIONS[:4], ids=str)
def test_equal_to_mmdet_on_anchors_of_an_image(options):
    data = instances(*anchors_and_objects())
    result, expected = (kind(**options).assign(*data) for kind in (MaxIoUAssigner, Upstream))
    assert torch.equal(result.gt_inds, expected.gt_inds)
    assert torch.equal(result.max_overlaps, expected.max_overlaps)


def anchors_and_objects():
    generator = AnchorGenerator([4, 8, 16], [0.5, 1.0, 2.0], [8])
    priors = torch.cat(generator.grid_priors([(32, 32), (16, 16), (8, 8)], device="cpu"))
    random = torch.Generator().manual_seed(0)
    corner = 128 * torch.rand(60, 2, generator=random)
    gts = torch.cat([corner, corner + 2 + 40 * torch.rand(60, 2, generator=random)], 1)
    return priors.tolist(), gts.tolist()


def test_equal_after_the_same_shaking_of_repeated_objects():
    priors, gts = anchors_and_objects()
    data = instances(priors, gts[:5] + gts[:3])
    options = dict(
        pos_iou_thr=0.5,
        neg_iou_thr=0.5,
        perm_repeat_gt_cfg=dict(iou_thr=0.7, perm_range=0.01),
        iou_calculator=dict(type="BboxOverlaps2D"),
    )
    results = []
    for kind in (MaxIoUAssigner, Upstream):
        torch.manual_seed(0)
        results.append(kind(**options).assign(*data))
    assert torch.equal(results[0].gt_inds, results[1].gt_inds)


def test_an_nwd_calculator_is_asked_by_blocks():
    data = instances(*anchors_and_objects())
    options = dict(pos_iou_thr=0.7, neg_iou_thr=0.3, min_pos_iou=0.3)
    options["iou_calculator"] = dict(type="tinydet.NWDOverlaps", constant=12.7)
    ours = MaxIoUAssigner(**options, memory_limit_mb=1)
    assert isinstance(ours.iou_calculator, NWDOverlaps)
    assert torch.equal(ours.assign(*data).gt_inds, Upstream(**options).assign(*data).gt_inds)


def test_gpu_assign_thr_is_accepted_and_told(monkeypatch):
    told = []
    monkeypatch.setattr(bounded_assigner, "print_log", lambda text, *_: told.append(text))
    MaxIoUAssigner(0.7, 0.3, gpu_assign_thr=512)
    assert "gpu_assign_thr=512 has no effect" in told[0]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (dict(pos_iou_thr=1.5, neg_iou_thr=0.3), "pos_iou_thr=1.5"),
        (dict(pos_iou_thr=0.5, neg_iou_thr=-0.3), "neg_iou_thr=-0.3"),
        (dict(pos_iou_thr=0.5, neg_iou_thr=(0.4, 0.1)), "neg_iou_thr="),
        (dict(pos_iou_thr=0.5, neg_iou_thr=0.5, memory_limit_mb=0), "memory_limit_mb=0"),
    ],
)
def test_a_wrong_argument_is_named(options, name):
    with pytest.raises(ValueError, match=name.replace("(", r"\(")):
        MaxIoUAssigner(**options)
