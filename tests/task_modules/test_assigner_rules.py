"""The six rules of assignment, by name, where published implementations break them."""

import copy

import pytest
import torch
from mmdet.models.task_modules import AnchorGenerator
from mmdet.registry import TASK_UTILS
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from problems import instances, problem

from tinydet import arguments
from tinydet.task_modules import (
    HierarchicalAssigner,
    MaxIoUAssigner,
    NWDAssigner,
    RankingAssigner,
    SimDAssigner,
    ThresholdAssigner,
)

MAKE = {
    "NWD": lambda **options: NWDAssigner(12.7, **options),
    "DotD": lambda **options: ThresholdAssigner("dotd", 12.7, **options),
    "SimD": lambda **options: SimDAssigner(6.13, 4.59, **options),
    "Ranking": RankingAssigner,
    "Hierarchical": HierarchicalAssigner,
    "MaxIoU": lambda **options: MaxIoUAssigner(0.7, 0.3, 0.3, **options),
}
RANKING = ["Ranking", "Hierarchical"]
OURS = ["NWD", "DotD", "SimD", *RANKING]  # MaxIoU is mmdet's, ties and all


def square(x, y, side=8.0):
    return [x - side / 2, y - side / 2, x + side / 2, y + side / 2]


def inds_of(assigner, priors, gts):
    return assigner.assign(*instances(priors, gts)).gt_inds.tolist()


# 1. A prior wanted by several ground truths goes to the most similar one.


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("name", OURS)
def test_rule_1_a_contested_prior_goes_to_the_most_similar(name, order):
    gts = [square(20, 20), square(21, 20)][::order]
    inds = inds_of(MAKE[name](), [square(20, 20)], gts)
    assert inds == [1 if order == 1 else 2]


@pytest.mark.parametrize("name", OURS)
def test_rule_1_of_equally_similar_ones_the_first(name):
    assert inds_of(MAKE[name](), [square(20, 20)], [square(19, 20), square(21, 20)]) == [1]


@pytest.mark.parametrize("name", ["NWD", "DotD", "SimD"])
def test_rule_1_a_low_quality_match_takes_nothing_from_a_positive(name):
    # the second object has no other prior, but the first one is equal to it
    inds = inds_of(MAKE[name](min_pos_iou=0.01), [square(20, 20)], [square(20, 20), square(27, 20)])
    assert inds == [1]


# 2. Ties never flood: at most k priors an object; a similarity of 0 never wins a prior.


@pytest.mark.parametrize(
    ("name", "most"), [("DotD", 1), ("NWD", 1), ("SimD", 1), ("Ranking", 2), ("Hierarchical", 4)]
)
def test_rule_2_equal_priors_do_not_flood(name, most):
    # 12 px away: no prior is above a positive threshold, all 30 are equal
    inds = inds_of(MAKE[name](**_low(name)), [square(20, 20)] * 30, [square(32, 20)])
    assert 1 <= sum(ind > 0 for ind in inds) <= most
    assert inds[0] == 1


def _low(name):
    return dict(min_pos_iou=0.01) if name in ("NWD", "DotD", "SimD") else {}


@pytest.mark.parametrize("name", ["NWD", "DotD", "SimD"])
def test_rule_2_a_similarity_of_0_wins_nothing(name):
    # 1e5 px away exp(-d / C) is 0 in float64
    assigner = MAKE[name](min_pos_iou=0)
    assert inds_of(assigner, [square(20, 20), square(40, 20)], [square(1e5, 20)]) == [0, 0]


def test_rule_2_without_overlap_an_object_ranked_by_iou_floods_nothing():
    inds = inds_of(
        RankingAssigner(distance="iou"),
        [square(x, 20) for x in (0, 30, 60)] * 5,
        [square(0, 20), square(500, 20)],
    )
    assert [ind for ind in inds if ind > 0] == [1, 2, 1]
    assert inds.index(1) == 0


# 3. Every ground truth gets at least one prior whenever N >= M.


@pytest.mark.parametrize("name", RANKING)
def test_rule_3_equal_objects_have_a_prior_each(name):
    priors = [square(8 * column, 8 * row) for row in range(6) for column in range(6)]
    inds = inds_of(MAKE[name](), priors, [square(20, 20)] * 36)
    assert sorted(inds) == list(range(1, 37))


@pytest.mark.parametrize("name", RANKING)
def test_rule_3_many_equal_objects(name):
    """More than are listed at once, among priors that are many more."""
    priors = [square(4 * column, 4 * row) for row in range(20) for column in range(20)]
    inds = inds_of(MAKE[name](), priors, [square(40, 40)] * 60)
    assert {ind for ind in inds if ind > 0} == set(range(1, 61))


@pytest.mark.parametrize("name", RANKING)
@pytest.mark.parametrize("far", [1e3, 1e5])
def test_rule_3_also_far_outside_the_image(name, far):
    inds = inds_of(
        MAKE[name](), [square(20, 20), square(60, 20)], [square(20, 20), square(far, 20)]
    )
    assert sorted(inds) == [1, 2]


@pytest.mark.parametrize("name", RANKING)
def test_rule_3_on_random_problems(name):
    for number in range(100):
        priors, gts = problem(number)
        inds = inds_of(MAKE[name](), priors, gts)
        got = {ind for ind in inds if ind > 0}
        assert len(got) == min(len(gts), len(priors)), f"problem {number}"


# 4. N < k, no objects, no priors, boxes without area or outside: a result, no exception, no NaN.


@pytest.mark.parametrize("name", MAKE)
def test_rule_4_no_objects(name):
    result = MAKE[name]().assign(*instances([square(8, 8), square(20, 20)], []))
    assert result.num_gts == 0
    assert result.gt_inds.tolist() == [0, 0]
    assert result.labels.tolist() == [-1, -1]
    assert result.max_overlaps.tolist() == [0, 0]


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize("gts", [[], [square(8, 8)]])
def test_rule_4_no_priors(name, gts):
    result = MAKE[name]().assign(*instances([], gts))
    assert result.gt_inds.shape == result.labels.shape == result.max_overlaps.shape == (0,)


@pytest.mark.parametrize("name", RANKING)
def test_rule_4_fewer_priors_than_k(name):
    assert inds_of(
        MAKE[name](topk=(9, 9) if name == "Hierarchical" else 9),
        [square(8, 8), square(9, 9)],
        [square(8, 8)],
    ) == [1, 1]


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize(
    "gt",
    [[9.0, 9, 9, 9], [9.0, 5, 9, 15], [15.0, 15, 5, 5], [-90.0, -90, -80, -80], [0, 0, 1e5, 1e5]],
    ids=["a point", "a line", "inverted", "outside", "huge"],
)
def test_rule_4_odd_boxes(name, gt):
    priors = [square(8 * column, 8 * row) for row in range(4) for column in range(4)]
    for boxes in ((priors, [gt]), (priors + [gt], [square(8, 8), gt]), ([gt], [gt])):
        result = MAKE[name]().assign(*instances(*boxes))
        assert torch.isfinite(result.max_overlaps).all()
        assert result.gt_inds.min() >= -1
        assert result.gt_inds.max() <= len(boxes[1])


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_rule_4_a_box_that_is_not_finite_is_named(name, value):
    fine, broken = square(8, 8), [0.0, 0.0, value, 8.0]
    with pytest.raises(ValueError, match=r"gt_instances.bboxes\[1\]"):
        MAKE[name]().assign(*instances([fine], [fine, broken]))
    with pytest.raises(ValueError, match=r"pred_instances.priors\[0\]"):
        MAKE[name]().assign(*instances([broken], [fine]))


# 5. Labels are set, the caller's tensors unchanged; the same result whatever the block size.


@pytest.mark.parametrize("name", MAKE)
def test_rule_5_labels_are_set(name):
    data = instances([square(8, 8), square(200, 200)], [square(8, 8)], labels=[5])
    result = MAKE[name]().assign(*data)
    assert result.gt_inds[0] == 1
    assert result.labels[0] == 5
    assert (result.labels[result.gt_inds <= 0] == -1).all()


@pytest.mark.parametrize("name", MAKE)
def test_rule_5_inputs_stay_as_they_are(name):
    for number in range(5):
        pred, gt = instances(*problem(number))
        regions = InstanceData(bboxes=torch.tensor([square(20, 20)]))
        before = copy.deepcopy((pred, gt, regions))
        MAKE[name](ignore_iof_thr=0.5).assign(pred, gt, regions)
        assert torch.equal(pred.priors, before[0].priors)
        assert torch.equal(gt.bboxes, before[1].bboxes)
        assert torch.equal(gt.labels, before[1].labels)
        assert torch.equal(regions.bboxes, before[2].bboxes)


def image(objects=40):
    generator = AnchorGenerator([4, 8, 16], [0.5, 1.0, 2.0], [4])
    priors = torch.cat(generator.grid_priors([(32, 32), (16, 16), (8, 8)], device="cpu"))
    random = torch.Generator().manual_seed(0)
    corner = 128 * torch.rand(objects, 2, generator=random)
    gts = torch.cat([corner, corner + 2 + 30 * torch.rand(objects, 2, generator=random)], 1)
    return InstanceData(priors=priors), InstanceData(bboxes=gts, labels=torch.arange(objects))


@pytest.mark.parametrize("name", MAKE)
def test_rule_5_blocks_do_not_matter(name):
    results = [MAKE[name](memory_limit_mb=limit).assign(*image()) for limit in (256, 1, 0.001)]
    for other in results[1:]:
        assert torch.equal(other.gt_inds, results[0].gt_inds)
        assert torch.equal(other.max_overlaps, results[0].max_overlaps)


@pytest.mark.parametrize("name", OURS)
def test_rule_5_the_order_of_priors_does_not_matter(name):
    """The anchors of a generator and the same ones shuffled: no use is made of their order."""
    pred, gt = image()
    order = torch.randperm(len(pred), generator=torch.Generator().manual_seed(1))
    result = MAKE[name]().assign(pred, gt)
    shuffled = MAKE[name]().assign(pred[order], gt)
    assert torch.equal(shuffled.max_overlaps.sort().values, result.max_overlaps.sort().values)
    if name != "DotD":  # it ties, and of equal priors the first is taken
        assert torch.equal(shuffled.gt_inds, result.gt_inds[order])


@pytest.mark.parametrize("name", MAKE)
def test_rule_5_box_types_of_mmdet(name):
    pred, gt = image(5)
    wrapped = InstanceData(priors=HorizontalBoxes(pred.priors))
    objects = InstanceData(bboxes=HorizontalBoxes(gt.bboxes), labels=gt.labels)
    result, expected = (MAKE[name]().assign(*data) for data in ((wrapped, objects), (pred, gt)))
    assert torch.equal(result.gt_inds, expected.gt_inds)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", MAKE)
def test_rule_5_cpu_and_gpu_agree(name):
    pred, gt = image()
    result, on_gpu = MAKE[name]().assign(pred, gt), MAKE[name]().assign(pred.cuda(), gt.cuda())
    assert on_gpu.gt_inds.is_cuda
    assert torch.equal(on_gpu.gt_inds.cpu(), result.gt_inds)


# 6. Bounded memory: see test_assigner_memory.py.

# Bad arguments.


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(type="NWDAssigner"), "constant=None"),
        (dict(type="NWDAssigner", constant=0), "constant=0"),
        (dict(type="NWDAssigner", constant=-12.7), "constant=-12.7"),
        (dict(type="NWDAssigner", constant="auto"), "constant='auto'"),
        (
            dict(type="ThresholdAssigner", constant=12.7, distance="iou2"),
            "'iou2' is none of 'nwd', 'dotd'",
        ),
        (dict(type="NWDAssigner", constant=12.7, pos_iou_thr=7), "pos_iou_thr=7"),
        (dict(type="NWDAssigner", constant=12.7, neg_iou_thr=[0.3, 0.1]), "neg_iou_thr"),
        (dict(type="NWDAssigner", constant=12.7, min_pos_iou=-1), "min_pos_iou=-1"),
        (dict(type="NWDAssigner", constant=12.7, memory_limit_mb=-1), "memory_limit_mb=-1"),
        (dict(type="SimDAssigner", m=0, n=1), "m=0"),
        (dict(type="SimDAssigner", m=1, n=-1), "n=-1"),
        (dict(type="RankingAssigner", topk=0), "topk=0"),
        (dict(type="RankingAssigner", topk=1.5), "topk=1.5"),
        (dict(type="RankingAssigner", constant=0), "constant=0"),
        (dict(type="RankingAssigner", neg_thr=2), "neg_thr=2"),
        (dict(type="RankingAssigner", distance="giou"), "'giou' is none of"),
        (dict(type="RankingAssigner", distance=dict(type="simd", m=1)), "simd takes"),
        (
            dict(type="RankingAssigner", distance=dict(type="simd", m=1, n=0)),
            "Assigner: n=0",
        ),
        (dict(type="HierarchicalAssigner", topk=3), "topk=3 must be a pair"),
        (dict(type="HierarchicalAssigner", topk=(3, 0)), r"topk\[1\]=0"),
        (dict(type="HierarchicalAssigner", ratio=0), "ratio=0"),
        (dict(type="HierarchicalAssigner", ratio=1.1), "ratio=1.1"),
        (dict(type="HierarchicalAssigner", distance="gwd"), "'gwd' is none of"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_named_at_build_time(wrong, message):
    init_default_scope("mmdet")
    with pytest.raises(ValueError, match=message):
        TASK_UTILS.build(wrong | dict(type=f"tinydet.{wrong['type']}"))


def test_another_distance_of_the_nwd_assigner_is_told_its_new_name(monkeypatch):
    told = []
    monkeypatch.setattr(arguments, "print_log", lambda text, *_: told.append(text))
    old, new = NWDAssigner(12.7, distance="dotd"), ThresholdAssigner("dotd", 12.7)
    assert told == [
        "NWDAssigner(distance='dotd') is now ThresholdAssigner(distance='dotd'); the former name "
        "works in this version alone"
    ]
    problems = [instances(*problem(number)) for number in range(10)]
    for data in problems:
        assert torch.equal(old.assign(*data).gt_inds, new.assign(*data).gt_inds)
    NWDAssigner(12.7)
    assert len(told) == 1


def test_the_keys_of_mmdets_rpn_assigner_need_no_delete():
    """A config that changes the type and adds C inherits the others."""
    init_default_scope("mmdet")
    inherited = dict(pos_iou_thr=0.6, neg_iou_thr=0.2, min_pos_iou=0.1, match_low_quality=True)
    assigner = TASK_UTILS.build(
        dict(type="tinydet.NWDAssigner", constant=12.8, ignore_iof_thr=-1, **inherited)
    )
    assert assigner.pos_iou_thr == 0.6
    assert assigner.neg_iou_thr == (0.0, 0.2)
    assert assigner.min_pos_iou == 0.1
