"""RSIoU: its parts, the direction it corrects, its focusing, and where it must stay finite."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.registry import MODELS

from tinydet.models.losses import IoULoss, RSIoULoss, SIoULoss

TARGET = torch.tensor([[0.0, 0.0, 8.0, 8.0]], dtype=torch.float64)
PLAIN = dict(focal=None, alpha=1)


def shifted(dx, dy):
    return TARGET + torch.tensor([dx, dy, dx, dy], dtype=torch.float64)


def loss_of(pred, **options):
    return RSIoULoss(**options)(pred, TARGET).item()


def test_siou_by_hand_when_every_part_is_off():
    options = dict(center_distance=False, corrected_angle=False, **PLAIN)
    iou = 5 * 4 / (128 - 20)
    gamma = 2 - 2 * 3 * 4 / 25
    distance = 2 - math.exp(-gamma * (3 / 11) ** 2) - math.exp(-gamma * (4 / 12) ** 2)
    assert loss_of(shifted(3, 4), **options) == pytest.approx(1 - iou + distance / 2, abs=1e-6)


def test_rsiou_by_hand():
    iou = 5 * 4 / (128 - 20)
    gamma = (2 * 3 * 4 / 25) ** 2 + 1
    distance = 1 - math.exp(-gamma * 25 / (11**2 + 12**2))
    assert loss_of(shifted(3, 4), **PLAIN) == pytest.approx(1 - iou + distance / 2, abs=1e-6)
    root = loss_of(shifted(3, 4), focal=None, alpha=0.5)
    assert root == pytest.approx(1 - iou + math.sqrt(distance / 2), abs=1e-6)


def test_eq_11_with_the_papers_constant():
    gamma = (2 * 3 * 4 / 25) ** 2 + 1
    distance = 2 - math.exp(-gamma * 25 / (11**2 + 12**2))
    expected = 1 - 20 / 108 + math.sqrt(distance / 2)
    assert loss_of(shifted(3, 4), focal=None, constant=2) == pytest.approx(expected, abs=1e-6)
    plain = loss_of(shifted(3, 4), **PLAIN)
    assert loss_of(shifted(3, 4), **PLAIN, constant=2) == pytest.approx(plain + 0.5)
    assert loss_of(TARGET, focal=None, constant=2) == pytest.approx(math.sqrt(0.5), abs=1e-6)


@pytest.mark.parametrize(("constant", "slope"), [(1, 0.0450), (2, 0.0030)])
def test_under_a_root_the_constant_changes_the_slope(constant, slope):
    # What 1 px adds to the penalty of a 10 px box, without the IoU: as the docstring says.
    target = torch.tensor([[0.0, 0.0, 10.0, 10.0]], dtype=torch.float64)
    pred = (target + torch.tensor([1.0, 0, 1, 0])).requires_grad_()
    loss = RSIoULoss(focal=None, constant=constant)(pred, target) - IoULoss()(pred, target)
    (gradient,) = torch.autograd.grad(loss, pred)
    assert gradient[0, [0, 2]].sum().item() == pytest.approx(slope, abs=5e-5)


def test_the_release_raises_the_iou_too():
    plain = loss_of(shifted(3, 4), focal=None)
    raised = loss_of(shifted(3, 4), focal=None, alpha_on_iou=True)
    iou = 20 / 108
    assert raised == pytest.approx(plain + iou - math.sqrt(iou), abs=1e-6)
    assert loss_of(shifted(3, 4), **PLAIN, alpha_on_iou=True) == loss_of(shifted(3, 4), **PLAIN)


def test_the_form_that_the_release_trains_with():
    iou = 5 * 4 / (128 - 20)
    gamma = (2 * 3 * 4 / 25) ** 2 + 1
    distance = 2 - math.exp(-gamma * (3 / 11) ** 2) - math.exp(-gamma * (4 / 12) ** 2)
    expected = 1 - iou + distance / 2
    assert loss_of(shifted(3, 4), center_distance=False, **PLAIN) == pytest.approx(expected)


def test_at_equal_distance_45_degrees_costs_more_and_in_siou_less():
    # Boxes of 8 x 8, 3 px apart: what each loss adds to 1 - IoU.
    def penalty(loss, dx, dy):
        pred = shifted(dx, dy)
        return (loss(pred, TARGET) - IoULoss()(pred, TARGET)).item()

    step = 3 / math.sqrt(2)
    rsiou = RSIoULoss(**PLAIN)
    axis, diagonal = penalty(rsiou, 3, 0), penalty(rsiou, step, step)
    assert axis == pytest.approx((1 - math.exp(-9 / (11**2 + 8**2))) / 2)
    assert diagonal == pytest.approx((1 - math.exp(-2 * 9 / (2 * (8 + step) ** 2))) / 2)
    assert diagonal > axis
    axis, diagonal = penalty(SIoULoss(), 3, 0), penalty(SIoULoss(), step, step)
    assert axis == pytest.approx((1 - math.exp(-2 * 9 / 11**2)) / 2)
    assert diagonal == pytest.approx(1 - math.exp(-((step / (8 + step)) ** 2)))
    assert diagonal < axis


def test_part_2_reverses_the_order_in_the_loss_itself():
    diagonal = 20 / math.sqrt(2)  # disjoint boxes: the IoU is 0 for both
    axis, corner = shifted(20, 0), shifted(diagonal, diagonal)
    corrected = loss_of(corner, **PLAIN) / loss_of(axis, **PLAIN)
    uncorrected = loss_of(corner, corrected_angle=False, **PLAIN) / loss_of(
        axis, corrected_angle=False, **PLAIN
    )
    assert corrected > 1 > uncorrected


@pytest.mark.parametrize(
    ("focal", "exponent"),
    [("angle", (24 / 25) ** 2 - 2), (-0.5, -0.5), (0.5, 0.5)],
)
def test_focusing_multiplies_by_a_power_of_the_iou(focal, exponent):
    iou = 5 * 4 / (128 - 20)
    plain = loss_of(shifted(3, 4), focal=None)
    focused = loss_of(shifted(3, 4), focal=focal, focal_normalize=False)
    assert focused == pytest.approx(plain * iou**exponent, rel=1e-5)


def test_focusing_by_distance():
    iou = 5 * 4 / (128 - 20)
    gamma = (2 * 3 * 4 / 25) ** 2 + 1
    distance = 1 - math.exp(-gamma * 25 / (11**2 + 12**2))
    plain = loss_of(shifted(3, 4), focal=None)
    focused = loss_of(shifted(3, 4), focal="distance", focal_normalize=False)
    assert focused == pytest.approx(plain * iou**-distance, rel=1e-5)


def test_the_floor_bounds_the_factor_of_disjoint_boxes():
    far = shifted(100, 0)
    ratio = loss_of(far, focal_normalize=False) / loss_of(far, focal=None)
    assert ratio == pytest.approx(0.1**-2, rel=1e-4)  # on an axis the exponent is -2


def test_normalized_factors_have_mean_one():
    pred = torch.cat([shifted(1, 0), shifted(5, 2), shifted(30, 30)])
    target = TARGET.expand(3, 4)
    plain = RSIoULoss(focal=None, reduction="none")(pred, target)
    focused = RSIoULoss(reduction="none")(pred, target)
    assert (focused / plain).mean().item() == pytest.approx(1.0)
    assert (focused / plain)[2] > (focused / plain)[0]


def test_the_factor_is_detached():
    pred = shifted(3, 4).requires_grad_()
    RSIoULoss(focal_normalize=False)(pred, TARGET).backward()
    focused = pred.grad.clone()
    pred.grad = None
    RSIoULoss(focal=None)(pred, TARGET).backward()
    ratio = focused / pred.grad
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio))


@pytest.mark.parametrize("center_distance", [True, False])
@pytest.mark.parametrize("corrected_angle", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        dict(alpha=1),
        dict(alpha=0.5),
        dict(alpha=0.5, alpha_on_iou=True),
    ],
)
def test_gradient(center_distance, corrected_angle, options):
    generator = torch.Generator().manual_seed(0)
    corner = torch.rand(6, 2, generator=generator, dtype=torch.float64) * 10
    size = torch.rand(6, 2, generator=generator, dtype=torch.float64) * 10 + 2
    pred = torch.cat([corner, corner + size], 1).requires_grad_()
    target = torch.cat([corner + 1.3, corner + size * 1.4], 1).detach()
    loss = RSIoULoss(center_distance, corrected_angle, focal=None, reduction="none", **options)
    assert torch.autograd.gradcheck(lambda boxes: loss(boxes, target), (pred,))


EDGES = {
    "identical": ([0, 0, 8, 8], [0, 0, 8, 8]),
    "disjoint by 1000 px": ([1000, 0, 1008, 8], [0, 0, 8, 8]),
    "prediction without size": ([4, 4, 4, 4], [0, 0, 8, 8]),
    "one inside the other": ([2, 2, 4, 4], [0, 0, 8, 8]),
    "coordinates of 1e4": ([1e4, 1e4, 1e4 + 8, 1e4 + 8], [1e4 + 1, 1e4, 1e4 + 9, 1e4 + 8]),
    "both without size": ([4, 4, 4, 4], [4, 4, 4, 4]),
}


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize(
    "options",
    [
        *(dict(focal=focal) for focal in ("angle", "distance", 0.5, None)),
        dict(constant=2, alpha_on_iou=True),
    ],
)
def test_value_and_gradient_are_finite(name, dtype, options):
    pred, target = (torch.tensor([box], dtype=dtype) for box in EDGES[name])
    pred.requires_grad_()
    loss = RSIoULoss(**options)(pred, target)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(pred.grad).all()


def test_no_boxes_give_a_zero_that_trains():
    for reduction in ("mean", "sum"):
        empty = torch.zeros(0, 4, requires_grad=True)
        loss = RSIoULoss(reduction=reduction)(empty, empty.detach())
        loss.backward()
        assert loss.item() == 0
        assert empty.grad.shape == (0, 4)


def test_weights_reductions_and_the_returned_iou():
    pred = torch.cat([shifted(1, 0), shifted(3, 4)])
    target = TARGET.expand(2, 4)
    each = RSIoULoss(**PLAIN, reduction="none")(pred, target)
    weight = torch.tensor([1.0, 3.0])
    summed = RSIoULoss(**PLAIN, reduction="sum", loss_weight=2.0)
    expected = 2 * (each[0] + 3 * each[1])
    for shape in (weight, weight[:, None], weight[:, None].expand(2, 4)):
        torch.testing.assert_close(summed(pred, target, weight=shape), expected.to(each))
    loss, iou = RSIoULoss(**PLAIN, return_iou=True)(pred, target, avg_factor=4.0)
    torch.testing.assert_close(loss, each.sum() / 4)
    assert iou.tolist() == pytest.approx([56 / 72, 20 / 108])


def test_cxcywh_boxes_give_the_same_loss():
    center = torch.tensor([[7.0, 8.0, 8.0, 8.0]], dtype=torch.float64)
    target = torch.tensor([[4.0, 4.0, 8.0, 8.0]], dtype=torch.float64)
    other = RSIoULoss(box_format="cxcywh")(center, target).item()
    assert other == pytest.approx(loss_of(shifted(3, 4)))


@settings(max_examples=50, deadline=None)
@given(scale=st.floats(0.5, 64), dx=st.floats(-20, 20), dy=st.floats(-20, 20))
def test_units_do_not_matter(scale, dx, dy):
    pred = shifted(dx, dy)
    loss = RSIoULoss(**PLAIN)
    torch.testing.assert_close(
        loss(pred * scale, TARGET * scale), loss(pred, TARGET), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize(
    "bad",
    [
        dict(focal="angel"),
        dict(alpha=0),
        dict(constant=0.5),
        dict(constant=2, center_distance=False),
        dict(iou_floor=0),
        dict(box_format="xywh"),
        dict(reduction="max"),
    ],
)
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        RSIoULoss(**bad)


@pytest.mark.parametrize("scope", ["mmdet", "mmyolo"])
def test_configs_of_both_families_can_name_it(scope):
    pytest.importorskip(scope)
    assert isinstance(MODELS.build(dict(type="tinydet.RSIoULoss", _scope_=scope)), RSIoULoss)
