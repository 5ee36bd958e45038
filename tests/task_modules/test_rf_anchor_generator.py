"""Receptive fields by hand, and the anchors made of them."""

import pytest
import torch
from mmdet.models import ResNet
from mmdet.registry import MODELS, TASK_UTILS
from mmengine.registry import init_default_scope
from torch import nn

from tinydet.task_modules import RFAnchorGenerator
from tinydet.task_modules.receptive_field import receptive_fields


def test_resnet_50_as_in_rfla():
    fields = receptive_fields(50, [4, 8, 16, 32, 64, 128])
    assert fields == [35, 91, 267, 427, 555, 811]


def test_resnet_18_by_hand():
    # stem 11 at jump 4; P2: four 3x3, 11 + 4 * 2 * 4; P3: + 2 * 4, then three, + 3 * 2 * 8; ...
    assert receptive_fields(18, [4, 8, 16, 32]) == [43, 99, 211, 435]


def test_a_caffe_resnet_strides_before_its_3x3():
    # P3: four 3x3 at jump 8 instead of one at 4 and three at 8
    assert receptive_fields(50, [4, 8], style="caffe") == [35, 35 + 4 * 2 * 8]


@pytest.mark.parametrize(("depth", "style"), [(18, "pytorch"), (50, "pytorch"), (50, "caffe")])
def test_the_layers_are_those_of_mmdets_resnet(depth, style):
    """Count along the convolutions of the network that is built, shortcuts left out."""
    side, jump, sides = 1, 1, []
    resnet = ResNet(depth, style=style, base_channels=8)
    for kernel, stride in [(7, 2), (3, 2)]:
        side, jump = side + (kernel - 1) * jump, jump * stride
    for name in resnet.res_layers:
        for path, module in getattr(resnet, name).named_modules():
            if isinstance(module, nn.Conv2d) and "downsample" not in path:
                side += (module.kernel_size[0] - 1) * jump
                jump *= module.stride[0]
        sides.append(side)
    assert receptive_fields(depth, [4, 8, 16, 32], style) == sides


def test_anchors_are_half_as_wide_and_keep_their_area():
    generator = RFAnchorGenerator([4, 8])
    first = generator.base_anchors[0]
    sides = first[:, 2:] - first[:, :2]
    assert sides[1].tolist() == [17.5, 17.5]
    assert sides.prod(1).tolist() == pytest.approx([17.5**2] * 3)
    assert (sides[:, 1] / sides[:, 0]).tolist() == pytest.approx([0.5, 1, 2])
    placed = generator.grid_priors([(2, 2), (1, 1)], device="cpu")[0].view(2, 2, 3, 4)
    center = (placed[..., :2] + placed[..., 2:]) / 2
    assert torch.allclose(center[1, 0], torch.tensor([0.0, 4.0]), atol=1e-5)  # row 1, column 0


@pytest.mark.parametrize("name", ["RPNHead", "RetinaHead"])
def test_in_a_head(name):
    init_default_scope("mmdet")
    classes = dict(num_classes=3) if name == "RetinaHead" else {}
    generator = dict(type="tinydet.RFAnchorGenerator", strides=[4, 8])
    head = MODELS.build(dict(type=name, in_channels=8, anchor_generator=generator, **classes))
    assert isinstance(head.prior_generator, RFAnchorGenerator)
    assert head.num_base_priors == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(depth=26), "depth=26 is none of 18, 34, 50"),
        (dict(strides=[2, 4]), "no power of 2 from 4"),
        (dict(strides=[4, 12]), "12 is no power"),
        (dict(fraction=0), "fraction=0"),
        (dict(style="tf"), "style='tf' is none of 'pytorch', 'caffe'"),
    ],
)
def test_a_wrong_argument_is_named(wrong, message):
    init_default_scope("mmdet")
    with pytest.raises(ValueError, match=message):
        TASK_UTILS.build(dict(type="tinydet.RFAnchorGenerator") | dict(strides=[4, 8]) | wrong)
