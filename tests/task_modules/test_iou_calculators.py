"""Gaussian distances in the place of an IoU calculator, by hand and inside mmdet's assigners."""

import math

import pytest
import torch
from mmdet.models.task_modules.assigners import ATSSAssigner, SimOTAAssigner
from mmdet.registry import TASK_UTILS
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

from tinydet.task_modules import distances

CONFIGS = [
    dict(type="tinydet.NWDOverlaps", constant=10.0),
    dict(type="tinydet.DotDOverlaps", constant=10.0),
    dict(type="tinydet.KLDOverlaps"),
    dict(type="tinydet.WassersteinOverlaps"),
    dict(type="tinydet.SimDOverlaps", m=6.0, n=5.0),
]
NAMES = [config["type"].split(".")[1] for config in CONFIGS]
FUNCTIONS = [
    lambda a, b: distances.nwd(a, b, 10.0),
    lambda a, b: distances.dotd(a, b, 10.0),
    distances.kld,
    distances.wasserstein,
    lambda a, b: distances.simd(a, b, 6.0, 5.0),
]
BOXES = torch.tensor([[0.0, 0, 8, 8], [3, 4, 11, 12], [-1, -1, 9, 9]])
TARGETS = torch.tensor([[0.0, 0, 8, 8], [2, 2, 6, 10]])


def build(config):
    init_default_scope("mmdet")
    return TASK_UTILS.build(config)


def test_nwd_by_hand():
    table = build(CONFIGS[0])(BOXES, TARGETS)
    assert table.shape == (3, 2)
    assert table[:, 0].tolist() == pytest.approx([1, math.exp(-0.5), math.exp(-(2**0.5) / 10)])


@pytest.mark.parametrize(("config", "function"), zip(CONFIGS, FUNCTIONS, strict=True), ids=NAMES)
def test_a_table_of_the_distance(config, function):
    calculator = build(config)
    table = calculator(BOXES, TARGETS)
    for i, box in enumerate(BOXES):
        for j, target in enumerate(TARGETS):
            assert table[i, j] == pytest.approx(function(box, target).item())
    assert torch.equal(calculator(BOXES[:2], TARGETS, is_aligned=True), table.diagonal())


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_box_types_and_scores(config):
    calculator = build(config)
    table = calculator(BOXES, TARGETS)
    assert torch.equal(calculator(HorizontalBoxes(BOXES), HorizontalBoxes(TARGETS)), table)
    scored = torch.cat([BOXES, torch.rand(3, 1)], 1)
    assert torch.equal(calculator(scored, TARGETS), table)
    assert calculator(BOXES[:0], TARGETS).shape == (0, 2)
    assert calculator(BOXES, TARGETS[:0]).shape == (3, 0)


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_iof_is_a_share_of_area(config):
    inside, around = torch.tensor([[2.0, 2, 6, 6]]), torch.tensor([[0.0, 0, 8, 8]])
    calculator = build(config)
    assert calculator(inside, around, mode="iof").item() == 1
    assert calculator(around, inside, mode="iof", is_aligned=True).item() == 0.25
    with pytest.raises(ValueError, match="mode='giou' is none of 'iou', 'iof'"):
        calculator(inside, around, mode="giou")


# 4 x 4 points 8 px apart with squares of 8 px, an object about the point (12, 12)
PRIORS = torch.tensor(
    [[x - 4.0, y - 4.0, x + 4.0, y + 4.0] for y in range(4, 36, 8) for x in range(4, 36, 8)]
)
OBJECT = InstanceData(bboxes=torch.tensor([[8.0, 8, 17, 17]]), labels=torch.tensor([2]))


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_atss_finds_the_equal_prior(config):
    init_default_scope("mmdet")
    assigner = ATSSAssigner(topk=9, iou_calculator=config)
    result = assigner.assign(InstanceData(priors=PRIORS), [16], OBJECT)
    assert (result.gt_inds > 0).nonzero().flatten().tolist() == [5]
    assert result.labels[5] == 2


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_simota_runs_on_it(config):
    init_default_scope("mmdet")
    points = torch.cat([(PRIORS[:, :2] + PRIORS[:, 2:]) / 2, torch.full((16, 2), 8.0)], 1)
    pred = InstanceData(priors=points, bboxes=PRIORS, scores=torch.full((16, 3), 0.5))
    result = SimOTAAssigner(iou_calculator=config).assign(pred, OBJECT)
    assert result.gt_inds[5] == 1
    assert result.max_overlaps[5] == pytest.approx(
        build(config)(PRIORS[5:6], OBJECT.bboxes).item(), rel=1e-5
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (dict(type="NWDOverlaps", constant=0), "constant=0"),
        (dict(type="DotDOverlaps", constant=-1), "constant=-1"),
        (dict(type="SimDOverlaps", m=0, n=1), "m=0"),
        (dict(type="SimDOverlaps", m=1, n="x"), "n='x'"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_named(config, message):
    with pytest.raises(ValueError, match=message):
        build(config | dict(type=f"tinydet.{config['type']}"))
