"""CFPT as a neck: its levels, odd sizes, gradients, arguments that cannot be."""

import pytest
import torch

from tinydet.models.necks import CFPT

CHANNELS = [4, 6, 8, 12]


def maps(height, width, batch=2):
    torch.manual_seed(0)
    sizes = [(-(-height // 2**level), -(-width // 2**level)) for level in range(4)]
    return [torch.randn(batch, c, *size) for c, size in zip(CHANNELS, sizes, strict=True)]


@pytest.mark.parametrize(
    ("options", "strides"),
    [
        (dict(), [2, 4, 8, 16, 32]),  # RetinaNet's P3-P7; the first map has stride 1 here
        (dict(start_level=0), [1, 2, 4, 8, 16]),  # Faster R-CNN's P2-P6
        (dict(start_level=0, num_outs=4), [1, 2, 4, 8]),
        (dict(num_outs=4), [2, 4, 8, 16]),
        (dict(start_level=2, attention_levels=3), [4, 8, 16, 32, 64]),
    ],
)
@pytest.mark.parametrize("size", [(64, 64), (50, 37)])
def test_levels_halve_and_every_weight_learns(options, strides, size):
    neck = CFPT(CHANNELS, 16, **options)
    inputs = maps(*size)
    outputs = neck(inputs)
    expected = [tuple(-(-side // stride) for side in size) for stride in strides]
    assert [tuple(x.shape[2:]) for x in outputs] == expected
    assert all(x.shape[:2] == (2, 16) for x in outputs)
    sum((x * torch.randn_like(x)).sum() for x in outputs).backward()
    assert [name for name, p in neck.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_what_a_fine_level_shows_reaches_the_coarsest_and_back():
    neck = CFPT(CHANNELS, 16, start_level=0, num_outs=4).eval()
    inputs = maps(32, 32, batch=1)
    before = neck(inputs)
    for changed in range(4):
        other = [x.clone() for x in inputs]
        other[changed][..., -1, -1] += 1
        after = neck(other)
        assert all(not torch.equal(*pair) for pair in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (dict(out_channels=24), "num_heads=4 times reduction=4 must divide out_channels=24"),
        (dict(start_level=4), "the 0 levels from start_level=4"),
        (dict(num_outs=3), "at most attention_levels=4, and these at most num_outs=3"),
        (dict(num_heads=0), "num_heads=0 must be a whole number"),
    ],
)
def test_an_impossible_argument_is_named(options, sentence):
    with pytest.raises(ValueError, match=f"CFPT: .*{sentence}"):
        CFPT(CHANNELS, **{"out_channels": 16, **options})
