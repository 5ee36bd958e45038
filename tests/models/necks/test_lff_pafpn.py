"""LFF at the down-samplings of YOLOv8's neck."""

import pytest
import torch
from mmengine.registry import MODELS

from tinydet.models.layers import LFF

pytest.importorskip("mmyolo")


def build(kind, channels=(16, 32, 64, 128), **options):
    return MODELS.build(
        dict(
            type=kind,
            in_channels=list(channels),
            out_channels=list(channels),
            deepen_factor=0.33,
            _scope_="mmyolo",
            **options,
        )
    )


def levels(height, width):
    sizes = [(height // factor, width // factor) for factor in (1, 2, 4, 8)]
    channels = (16, 32, 64, 128)
    return [torch.rand(2, c, h, w) for c, (h, w) in zip(channels, sizes, strict=True)]


def test_the_down_samplings_are_lff_and_nothing_else_changed():
    neck, plain = build("tinydet.LFFPAFPN"), build("mmyolo.YOLOv8PAFPN")
    names = [name for name, module in neck.named_modules() if isinstance(module, LFF)]
    assert names == [f"downsample_layers.{number}" for number in range(3)]
    for new, old in zip(neck.downsample_layers, plain.downsample_layers, strict=True):
        assert new.fuse.conv.in_channels == 4 * old.conv.in_channels
        assert new.fuse.conv.out_channels == old.conv.out_channels
        assert new.fuse.bn.eps == old.bn.eps != 1e-5  # the neck's norm_cfg reached it
        assert type(new.fuse.activate) is type(old.activate)
    theirs, ours = (
        {key for key in net.state_dict() if not key.startswith("downsample")}
        for net in (plain, neck)
    )
    assert ours == theirs


def test_the_shapes_are_those_of_the_strided_neck():
    inputs = levels(32, 48)
    shapes = [level.shape for level in build("tinydet.LFFPAFPN")(inputs)]
    assert shapes == [level.shape for level in inputs]


def test_a_layer_of_choice():
    neck = build("tinydet.LFFPAFPN", down_cfg=dict(kernel_size=3, attention=None))
    assert neck.downsample_layers[0].fuse.conv.kernel_size == (3, 3)
    assert isinstance(neck.downsample_layers[0].attention, torch.nn.Identity)


def test_a_pretrained_neck_stays_what_it_is():
    lff = dict(kernel_size=3, attention=None, init_from_strided=True)
    plain, neck = build("mmyolo.YOLOv8PAFPN"), build("tinydet.LFFPAFPN", down_cfg=lff)
    neck.load_state_dict(plain.state_dict())
    inputs = [level.double() for level in levels(32, 48)]
    for net in (plain, neck):
        net.double().eval()
    for ours, theirs in zip(neck(inputs), plain(inputs), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
