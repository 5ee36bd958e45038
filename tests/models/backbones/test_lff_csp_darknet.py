"""LFF in the CSPDarknets of YOLOv5, YOLOv8 and YOLOX."""

import pytest
import torch
from mmengine.registry import MODELS
from mmengine.runner import checkpoint

from tinydet.models.layers import LFF
from tinydet.weights import report

pytest.importorskip("mmyolo")

FAMILIES = ("YOLOv5", "YOLOv8", "YOLOX")


def build(family="YOLOv8", infix="LFF", scope="tinydet", **options):
    defaults = dict(widen_factor=0.125, deepen_factor=0.33, out_indices=(1, 2, 3, 4))
    return MODELS.build(
        dict(type=f"{scope}.{family}{infix}CSPDarknet", _scope_="mmyolo", **defaults | options)
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_four_stage_entries_are_lff_and_nothing_else_changed(family):
    backbone, plain = build(family), build(family, "", "mmyolo")
    assert [name for name, module in backbone.named_modules() if isinstance(module, LFF)] == [
        f"stage{index}.0" for index in (1, 2, 3, 4)
    ]
    for index in (1, 2, 3, 4):
        new, old = (getattr(net, f"stage{index}")[0] for net in (backbone, plain))
        assert new.fuse.conv.in_channels == 4 * old.conv.in_channels
        assert new.fuse.conv.out_channels == old.conv.out_channels
        assert new.fuse.bn.eps == old.bn.eps != 1e-5  # the backbone's norm_cfg reached it
        assert type(new.fuse.activate) is type(old.activate)
    theirs, ours = (
        {key for key in net.state_dict() if key.split(".")[1] != "0" or key.startswith("stem")}
        for net in (plain, backbone)
    )
    assert ours == theirs


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("height", "width"), [(64, 96), (66, 98), (65, 97)])
def test_strides_4_to_32_at_any_size_as_in_the_strided_backbone(family, height, width):
    if family == "YOLOX" and height % 2:
        pytest.skip("YOLOX's Focus takes even sizes")
    images = torch.rand(2, 3, height, width)
    shapes = [level.shape for level in build(family)(images)]
    assert shapes == [level.shape for level in build(family, "", "mmyolo")(images)]
    if height == 64:
        assert [shape[2:] for shape in shapes] == [(16, 24), (8, 12), (4, 6), (2, 3)]


def test_a_dict_without_a_type_changes_lff():
    backbone = build(down_stages=(1,), down_cfg=dict(attention=None, kernel_size=3))
    assert isinstance(backbone.stage2[0].attention, torch.nn.Identity)
    assert backbone.stage2[0].fuse.conv.kernel_size == (3, 3)
    assert not isinstance(backbone.stage1[0], LFF)


def test_depthwise_stage_entries_of_yolox_nano_are_replaced_too():
    backbone = build("YOLOX", use_depthwise=True)
    assert backbone.stage1[0].fuse.conv.in_channels == 4 * 8
    assert len(backbone(torch.rand(2, 3, 64, 64))) == 4


def test_frozen_stages_count_the_stem_as_mmyolo_does():
    backbone = build(frozen_stages=1)
    backbone.train()
    frozen = {name.split(".")[0] for name, p in backbone.named_parameters() if not p.requires_grad}
    assert frozen == {"stem", "stage1"}


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_of_the_strided_backbone_load_and_the_log_says_which(family, monkeypatch):
    said = []
    monkeypatch.setattr(report, "print_log", lambda message, **_: said.append(message))
    plain, backbone = build(family, "", "mmyolo"), build(family)
    checkpoint.load_state_dict(backbone, plain.state_dict())
    # A strided entry has a convolution and four tensors of its norm.
    own = [key for key in backbone.state_dict() if "num_batches" not in key]
    assert len(said) == 2  # some names, and all of them for who asked for debugging
    assert f"{len(own) - 20} of {len(own)} tensors loaded" in said[0]
    assert "20 not in it: stage1.0.fuse.conv.weight, " in said[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_pretrained_backbone_stays_what_it_is(family):
    lff = dict(kernel_size=3, attention=None, init_from_strided=True)
    plain, backbone = build(family, "", "mmyolo"), build(family, down_cfg=lff)
    plain.eval(), backbone.eval()
    checkpoint.load_state_dict(backbone, plain.state_dict(), strict=True)
    images = torch.rand(2, 3, 64, 96)
    for ours, theirs in zip(backbone(images), plain(images), strict=True):
        assert (ours - theirs).abs().max() < 2e-6 * theirs.abs().max().clamp(min=1)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (dict(down_stages=(1, 4)), r"YOLOv8LFFCSPDarknet: down_stages=\(1, 4\).*0 … 3"),
        (dict(down_cfg=dict(attention="se")), "attention='se'"),
    ],
)
def test_bad_arguments_are_named(options, named):
    with pytest.raises(ValueError, match=named):
        build(**options)
