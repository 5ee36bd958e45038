"""Similarities by hand, and where they must stay finite."""

import math

import pytest
import torch

from tinydet.task_modules import distances

TARGET = torch.tensor([[0.0, 0.0, 8.0, 8.0]], dtype=torch.float64)
# name, function, box, value by hand
CASES = [
    ("nwd: 3-4-5", lambda a, b: distances.nwd(a, b, 10), [3, 4, 11, 12], math.exp(-0.5)),
    ("nwd: size", lambda a, b: distances.nwd(a, b, 10), [-1, -1, 9, 9], math.exp(-(2**0.5) / 10)),
    ("wasserstein", distances.wasserstein, [3, 4, 11, 12], 1 / 26),
    # KL: w 16 of 8: (4 + 1 - 2 - 2 ln 2) / 2; dx = 4: 2 * (4 / 8)^2
    ("kld", distances.kld, [0, 0, 16, 8], 1 / (1 + (3 - 2 * math.log(2)) / 2 + 0.5)),
    (
        "dotd",
        lambda a, b: distances.dotd(a, b, 10),
        [2, 3, 12, 13],
        math.exp(-((3**2 + 4**2) ** 0.5) / 10),
    ),
    # location: 6 * 4 / 24 = 1; shape: 6 * 8 / 24 = 2
    ("simd", lambda a, b: distances.simd(a, b, 6, 5), [0, 0, 16, 8], math.exp(-3)),
]
FUNCTIONS = [case[1] for case in CASES[1:]]


@pytest.mark.parametrize(
    ("function", "box", "value"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_by_hand(function, box, value):
    box = torch.tensor([box], dtype=torch.float64)
    assert function(box, TARGET).item() == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_equal_boxes_are_1_with_a_finite_slope(function):
    box = TARGET.clone().requires_grad_()
    similarity = function(box, TARGET)
    similarity.sum().backward()
    assert similarity.item() == 1
    assert torch.isfinite(box.grad).all()


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "box",
    [[1000, 0, 1008, 8], [4, 4, 4, 4], [2, 2, 3, 3], [1e4, 1e4, 2e4, 2e4], [5, 5, 3, 3]],
    ids=["far", "empty", "inside", "large", "inverted"],
)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_finite_everywhere(function, box, dtype):
    box = torch.tensor([box], dtype=dtype, requires_grad=True)
    similarity = function(box, TARGET.to(dtype))
    similarity.sum().backward()
    assert similarity.dtype == torch.float32
    assert 0 <= similarity.item() <= 1
    assert torch.isfinite(box.grad).all()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_gradient(function):
    generator = torch.Generator().manual_seed(0)
    corner = 20 * torch.rand(8, 2, dtype=torch.float64, generator=generator)
    size = 4 + 9 * torch.rand(8, 2, dtype=torch.float64, generator=generator)
    boxes = torch.cat([corner, corner + size], 1).requires_grad_()
    assert torch.autograd.gradcheck(lambda b: function(b, TARGET), boxes)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_broadcasts_to_a_table(function):
    boxes = torch.rand(5, 4).cumsum(1)
    targets = torch.rand(3, 4).cumsum(1)
    table = function(boxes[:, None], targets)
    assert table.shape == (5, 3)
    assert table[4, 1] == pytest.approx(function(boxes[4], targets[1]).item())


def test_kld_is_of_the_box_from_the_target():
    wide = torch.tensor([[0.0, 0.0, 16.0, 8.0]], dtype=torch.float64)
    assert distances.kld(wide, TARGET) != distances.kld(TARGET, wide)


@pytest.mark.parametrize("constant", [0, -1, math.inf, math.nan, "12.8", True, None])
def test_a_constant_is_a_positive_number(constant):
    with pytest.raises(ValueError, match="constant="):
        distances.check_constant("NWDLoss", constant)


def test_auto_is_for_the_tools():
    with pytest.raises(ValueError, match="mean object size"):
        distances.check_constant("NWDLoss", "auto")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_box_that_is_no_box_is_similar_to_nothing(function):
    box = torch.tensor([[math.nan, 0, 8, 8]], dtype=torch.float64)
    assert function(box, TARGET).isnan().all()  # a 1 would hide from a loss that training broke
