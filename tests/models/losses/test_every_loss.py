"""What holds for every loss: bad geometry, gradients, formats, emptiness, bad arguments."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.registry import MODELS

from tinydet.models.losses import BoxLoss
from tinydet.models.losses.iou_terms import MIN_SIDE
from tinydet.testing.loss_rows import config_of, registered_losses

VARIANTS = {
    "Shape-IoU 0.5": dict(type="tinydet.ShapeIoULoss", scale=0.5),
    "Inner-SIoU 1.2": dict(
        type="tinydet.InnerIoULoss", ratio=1.2, loss=dict(type="tinydet.SIoULoss")
    ),
    "Focaler-EIoU": dict(type="tinydet.FocalerIoULoss", loss=dict(type="tinydet.EIoULoss")),
    "WIoU v1": dict(type="tinydet.WIoULoss", version=1),
    "RSIoU alpha 1": dict(type="tinydet.RSIoULoss", focal=None, alpha=1),
    "RSIoU alpha 0.5": dict(type="tinydet.RSIoULoss", focal=None),
    "SFL without L1": dict(type="tinydet.SFLLoss", l1_weight=0),
    "EIoU by distance": dict(type="tinydet.EIoULoss", focal="distance"),
    "NWD by angle": dict(type="tinydet.NWDLoss", focal="angle", focal_normalize=False),
}
EVERY = {name: config_of(loss) for name, loss in registered_losses().items()} | VARIANTS
# With a detached factor, so that their gradient is not that of their value.
DETACHED = {"CIoU", "FocalEIoU", "WIoU", "WIoU v1", "RSIoU", "EIoU by distance", "NWD by angle"}
SMOOTH = {name: config for name, config in EVERY.items() if name not in DETACHED}
UNITLESS = {name for name, config in EVERY.items() if MODELS.get(config["type"]).unit == "any"}

EDGES = {
    "identical": ([0, 0, 8, 8], [0, 0, 8, 8]),
    "disjoint by 1000 px": ([1000, 0, 1008, 8], [0, 0, 8, 8]),
    "disjoint by 1000 px, other shape": ([1000, 1000, 1001, 1064], [0, 0, 64, 1]),
    "touching": ([8, 0, 16, 8], [0, 0, 8, 8]),
    "prediction without size": ([4, 4, 4, 4], [0, 0, 8, 8]),
    "prediction without width": ([4, 0, 4, 8], [0, 0, 8, 8]),
    "prediction inside out": ([6, 6, 2, 2], [0, 0, 8, 8]),
    "target without size": ([0, 0, 8, 8], [4, 4, 4, 4]),
    "both without size": ([4, 4, 4, 4], [4, 4, 4, 4]),
    "both without size, apart": ([4, 4, 4, 4], [90, 4, 90, 4]),
    "one inside the other": ([2, 2, 4, 4], [0, 0, 8, 8]),
    "same center": ([2, 2, 6, 6], [0, 0, 8, 8]),
    "coordinates of 1e4": ([1e4, 1e4, 1e4 + 8, 1e4 + 8], [1e4 + 1, 1e4, 1e4 + 9, 1e4 + 8]),
    "sides of 1e4": ([0, 0, 1e4, 1e4], [1, 0, 1e4, 1e4]),
}


def build(config, **options):
    return MODELS.build({**config, **options})


def boxes(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def some_pairs(count=6, seed=0):
    """Boxes that overlap partly, no two edges alike, so that no term has a kink there."""
    generator = torch.Generator().manual_seed(seed)
    corner, side, shift, growth = torch.rand(4, count, 2, generator=generator, dtype=torch.float64)
    target = torch.cat([10 * corner, 10 * corner + 4 + 8 * side], 1)
    pred = target + torch.cat([1 + shift, 1.2 + shift + growth], 1)
    return pred, target


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_value_and_gradient_are_finite(config, dtype):
    loss = build(config)
    for name, (pred, target) in EDGES.items():
        pred = torch.tensor([pred], dtype=dtype, requires_grad=True)
        value = loss(pred, torch.tensor([target], dtype=dtype))
        value.backward()
        assert value.dtype == torch.float32, name
        assert torch.isfinite(value), name
        assert torch.isfinite(pred.grad).all(), name
        assert pred.grad.abs().max() <= 1 / MIN_SIDE, name  # one bad box must not end a training


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
def test_bad_boxes_of_a_batch_leave_the_others_finite(config):
    pred, target = (boxes(*rows).float() for rows in zip(*EDGES.values(), strict=True))
    pred.requires_grad_()
    value = build(config)(pred, target)
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(pred.grad).all()


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("weight", [None, (0,), (0, 4)])
def test_no_boxes_give_a_zero_that_trains(config, weight):
    empty = torch.zeros(0, 4, requires_grad=True)
    weight = None if weight is None else torch.zeros(weight)
    for reduction in ("mean", "sum"):
        value = build(config, reduction=reduction)(empty, empty.detach(), weight)
        value.backward()
        assert value.item() == 0
    assert build(config, reduction="none")(empty, empty.detach(), weight).shape == (0,)
    assert empty.grad.shape == (0, 4)


@pytest.mark.parametrize("config", SMOOTH.values(), ids=SMOOTH)
def test_gradient(config):
    pred, target = some_pairs()
    loss = build(config, reduction="none")
    assert torch.autograd.gradcheck(lambda p: loss(p, target), (pred.requires_grad_(),))


@pytest.mark.parametrize("name", ["FocalEIoU", "RSIoU", "EIoU by distance", "NWD by angle"])
def test_gradient_with_the_focusing_factor_held_fixed(name):
    pred, target = some_pairs()
    pred.requires_grad_()
    focused = build(EVERY[name], reduction="none")
    plain = build(EVERY[name], reduction="none")
    plain.focusing = None  # gradcheck of what is left: test_gradient
    factor = (focused(pred, target) / plain(pred, target)).detach()
    (got,) = torch.autograd.grad(focused(pred, target).sum(), pred)
    (expected,) = torch.autograd.grad((factor * plain(pred, target)).sum(), pred)
    torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
def test_equal_boxes_cost_nothing_and_others_something(config):
    pred, target = some_pairs()
    loss = build(config, reduction="none")
    assert loss(target, target).abs().max().item() < 1e-3  # RSIoU: the root of eps
    assert (loss(pred, target) > 0).sum() >= len(pred) - 1  # SFL: the largest may weigh nothing


@pytest.mark.parametrize("name", sorted(UNITLESS))
@settings(max_examples=15, deadline=None)
@given(scale=st.floats(0.25, 64), x=st.floats(-500, 500), y=st.floats(-500, 500))
def test_only_the_relative_place_matters(name, scale, x, y):
    pred, target = some_pairs()
    loss = build(EVERY[name], reduction="none").eval()
    move = boxes([x, y, x, y])
    torch.testing.assert_close(
        loss(scale * pred + move, scale * target + move),
        loss(pred, target),
        atol=1e-6,
        rtol=1e-5,
    )


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
def test_mirrored_boxes_cost_the_same(config):
    pred, target = some_pairs()
    loss = build(config, reduction="none").eval()
    for order in ([1, 0, 3, 2], [2, 1, 0, 3]):  # x and y swapped; left and right swapped
        sign = 1 if order[0] == 1 else torch.tensor([-1.0, 1, -1, 1])
        mirrored = loss((sign * pred)[:, order], (sign * target)[:, order])
        torch.testing.assert_close(mirrored, loss(pred, target))


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
def test_cxcywh_boxes_give_the_same_loss(config):
    pred, target = some_pairs()
    as_centers = [
        torch.cat([(b[:, :2] + b[:, 2:]) / 2, b[:, 2:] - b[:, :2]], 1) for b in some_pairs()
    ]
    other = build(config, box_format="cxcywh")(*as_centers)
    torch.testing.assert_close(other, build(config)(pred, target))


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
def test_rows_of_weight_zero_have_no_part(config):
    pred, target = some_pairs()
    loss = build(config, reduction="sum")
    expected = loss(pred[:4], target[:4])
    loss = build(config, reduction="sum")  # anew: WIoU has a memory
    pred[4:], target[4:] = float("inf"), 0  # what mmdet hands over for negatives may be anything
    pred.requires_grad_()
    weight = torch.tensor([1.0, 1, 1, 1, 0, 0])
    got = loss(pred, target, weight[:, None].expand(6, 4))
    got.backward()
    torch.testing.assert_close(got, expected)
    assert (pred.grad[:4] != 0).any()
    assert (pred.grad[4:] == 0).all()


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
def test_the_returned_iou_is_the_iou(config):
    pred, target = boxes([0, 0, 8, 8], [4, 0, 12, 8]), boxes([0, 0, 8, 8], [0, 0, 8, 8])
    _, iou = build(config, return_iou=True)(pred, target, weight=torch.tensor([0.0, 2.0]))
    assert iou.tolist() == pytest.approx([0, 1 / 3])  # a row of weight 0 is no pair


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("scope", ["mmdet", "mmyolo"])
def test_configs_of_both_families_can_name_it(config, scope):
    pytest.importorskip(scope)
    assert isinstance(build(config, _scope_=scope), BoxLoss)


@pytest.mark.parametrize("config", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("bad", [("box_format", "xywh"), ("reduction", "max"), ("focal", "angel")])
def test_bad_shared_arguments_are_named_with_their_choices(config, bad):
    name, value = bad
    if name == "focal" and config["type"].endswith("FocalEIoULoss"):
        name, value = "gamma", -1  # which is its focal
    choices = dict(box_format="'cxcywh'", reduction="'none'", focal="'angle'", gamma="inf")[name]
    with pytest.raises(ValueError, match=f"{name}={value!r} is .*{choices}"):
        build(config, **{name: value})
