"""DN-FPN's losses against plain loops; what learns, and what the published code leaves out."""

import copy
import math

import pytest
import torch
from torch import nn

from tinydet.models.layers import FeatureContrast

CHANNELS = [6, 8, 12]
WIDTH = 5


def contrast(**options):
    torch.manual_seed(0)
    return FeatureContrast(CHANNELS, [WIDTH] * 3, **options)


def maps(channels, images=3, dtype=torch.float32):
    torch.manual_seed(1)
    return [
        torch.randn(images, count, 16 // 2**level, 12 // 2**level, dtype=dtype)
        for level, count in enumerate(channels)
    ]


def both(images=3, dtype=torch.float32):
    return maps(CHANNELS, images, dtype), maps([WIDTH] * 3, images, dtype)


def info_nce(query, positive, negatives, temperature):
    def similarity(other):
        return math.exp(torch.cosine_similarity(query, other, dim=0).item() / temperature)

    own = similarity(positive)
    return -math.log(own / (own + sum(map(similarity, negatives))))


def by_loops(network, backbone, pyramid):
    """Return the losses of geometry and semantics, one query after the other."""
    losses = []
    for name in ("geometry", "semantics"):
        encoder = getattr(network, name)
        above = [encoder(level) for level in pyramid]
        below = [encoder(p(x)) for p, x in zip(network.projections, backbone, strict=True)]
        levels, images = len(above), len(above[0])
        queries = levels if name == "geometry" else levels - 1
        total = 0
        for i in range(queries):
            for j in range(images):
                positive = below[i][j] if name == "geometry" else above[i + 1][j]
                negatives = [
                    source[k][other]
                    for source in (above, below)
                    for k in range(levels)
                    for other in range(images)
                    if other != j and (name == "semantics" or k != i)
                ]
                total += info_nce(above[i][j], positive, negatives, network.temperature)
        losses.append(total)
    return losses


@pytest.mark.parametrize("temperature", [0.5, 0.1])
def test_the_losses_are_those_of_plain_loops(temperature):
    network = contrast(temperature=temperature).double()
    found = network(*both(dtype=torch.float64))
    expected = by_loops(network, *both(dtype=torch.float64))
    assert [found["geometry"].item(), found["semantics"].item()] == pytest.approx(expected)


def test_numbers_by_hand():
    network = contrast()
    across = torch.eye(4)[:2]  # (level, channels): of two images, one level, all at right angles
    other = torch.eye(4)[2:]
    everything = torch.cat([across, other])
    negative = ~torch.eye(2, dtype=bool)
    # Each query meets its positive at 0 and two negatives at 0: ln 3.
    loss = network._info_nce(across, other, everything, negative)
    assert loss.item() == pytest.approx(2 * math.log(3))
    # Its positive at 1: e^2 against two of e^0.
    loss = network._info_nce(across, across, everything, negative)
    assert loss.item() == pytest.approx(2 * math.log(1 + 2 * math.exp(-2)))


def without(network, name):
    """Return the parameters of one part that a step does not change, and those that are unsaved."""
    network = copy.deepcopy(network)
    part = getattr(network, name)
    before = [weight.clone() for layer in part for weight in layer.parameters()]
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    sum(network(*both()).values()).backward()
    optimizer.step()
    after = [weight for layer in part for weight in layer.parameters()]
    saved = network.state_dict()
    idle = sum(torch.equal(*pair) for pair in zip(before, after, strict=True))
    return idle, len(after) - sum(key.startswith(f"{name}.") for key in saved)


def test_the_projections_learn_and_are_saved():
    assert without(contrast(), "projections") == (0, 0)


def test_the_published_projections_do_neither():
    published = contrast()
    projections = list(published.projections)
    del published.projections
    published.projections = projections  # a plain list, as in the authors' detector
    assert without(published, "projections") == (6, 6)
    assert without(contrast(as_published=True), "projections") == (6, 0)


def test_every_weight_gets_a_gradient_also_from_a_single_image():
    for images in (1, 3):
        network = contrast()
        sum(network(*both(images)).values()).backward()
        assert all(weight.grad is not None for weight in network.parameters())
        assert any(weight.grad.any() for weight in network.parameters()) == (images > 1)


def test_a_single_image_has_losses_of_zero_even_where_a_map_has_one_cell():
    small = [level[:, :, :1, :1] for level in maps([WIDTH] * 3, 1)]
    losses = contrast()([level[:, :, :1, :1] for level in maps(CHANNELS, 1)], small)
    assert {name: loss.item() for name, loss in losses.items()} == dict(geometry=0, semantics=0)


def test_levels_of_other_widths_than_the_finest_are_adapted():
    torch.manual_seed(0)
    network = FeatureContrast(CHANNELS, [4, 8, 4])
    kinds = [type(layer) for layer in network.adapters]
    assert kinds == [nn.Identity, nn.Conv2d, nn.Identity]
    losses = network(maps(CHANNELS), maps([4, 8, 4]))
    assert all(torch.isfinite(loss) for loss in losses.values())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_mixed_precision_is_close_to_float32(dtype):
    network = contrast()
    expected = copy.deepcopy(network)(*both())
    with torch.autocast("cpu", dtype=dtype):
        found = network(*both())
    for name, loss in found.items():
        assert loss.dtype == torch.float32
        assert loss.item() == pytest.approx(expected[name].item(), rel=0.02)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (dict(temperature=0), "temperature=0"),
        (dict(out_channels=[4]), r"in_channels=\[6, 8\] and out_channels=\[4\]"),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        FeatureContrast(**{**dict(in_channels=[6, 8], out_channels=[4, 4]), **arguments})
