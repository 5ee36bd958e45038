"""LFFResNet: which convolutions change, and that everything else is still mmdet's ResNet."""

import pytest
import torch
from mmengine.registry import MODELS

from tinydet.models.backbones import LFFResNet
from tinydet.models.layers import LFF
from tinydet.weights import report

ResNet = pytest.importorskip("mmdet.models").ResNet


def replaced(backbone):
    return [name for name, module in backbone.named_modules() if isinstance(module, LFF)]


def small(kind=LFFResNet, depth=50, **options):
    """Return a ResNet of an eighth of the width; ``base_channels`` is mmdet's own argument."""
    torch.manual_seed(0)
    return kind(depth=depth, base_channels=8, **options)


@pytest.mark.parametrize(
    ("depth", "style", "name"),
    [(18, "pytorch", "conv1"), (50, "pytorch", "conv2"), (50, "caffe", "conv1")],
)
def test_the_residual_branch_of_stages_2_to_4_halves_by_lff(depth, style, name):
    backbone = small(depth=depth, style=style)
    assert replaced(backbone) == [f"layer{stage}.0.{name}" for stage in (2, 3, 4)]
    plain = small(ResNet, depth=depth, style=style)
    for stage in (2, 3, 4):
        old, new = (getattr(net, f"layer{stage}")[0] for net in (plain, backbone))
        old, new = getattr(old, name), getattr(new, name).fuse
        assert (new.conv.in_channels, new.conv.out_channels) == (
            4 * old.in_channels,
            old.out_channels,
        )
        assert not new.with_norm
        assert not new.with_activation
        assert new.conv.bias is None


@pytest.mark.parametrize(("height", "width"), [(64, 96), (65, 97), (37, 90)])
@pytest.mark.parametrize("options", [dict(), dict(style="caffe"), dict(depth=18, shortcut=True)])
def test_sizes_and_channels_are_those_of_resnet(height, width, options):
    images = torch.rand(2, 3, height, width)
    plain = small(ResNet, **{key: options[key] for key in options if key != "shortcut"})
    shapes = [level.shape for level in small(**options)(images)]
    assert shapes == [level.shape for level in plain(images)]


def test_on_request_the_shortcut_loses_no_pixel_either():
    backbone = small(shortcut=True, attention=None, kernel_size=3)
    assert "layer3.0.downsample.0" in replaced(backbone)
    assert len(replaced(backbone)) == 6
    kernels = {
        name.split(".")[2]: backbone.get_submodule(name).fuse.conv.kernel_size
        for name in replaced(backbone)
    }
    assert kernels == dict(conv2=(3, 3), downsample=(1, 1))


def test_some_stages_alone_and_spd_conv():
    backbone = small(down_stages=(3,), attention=None)
    assert replaced(backbone) == ["layer4.0.conv2"]
    assert isinstance(backbone.layer4[0].conv2.attention, torch.nn.Identity)


def test_a_dilated_last_stage_keeps_its_convolution():
    backbone = small(strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2), down_stages=(1, 2))
    assert replaced(backbone) == ["layer2.0.conv2", "layer3.0.conv2"]


def test_frozen_stages_and_norm_eval():
    backbone = small(frozen_stages=2, norm_eval=True)
    backbone.train()
    trains = {name.split(".")[0] for name, p in backbone.named_parameters() if p.requires_grad}
    assert trains == {"layer3", "layer4"}
    norms = [m for m in backbone.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert not any(norm.training for norm in norms)
    sum(level.sum() for level in backbone(torch.rand(1, 3, 64, 64))).backward()
    assert backbone.layer3[0].conv2.fuse.conv.weight.grad.any()


def test_pretrained_weights_load_wherever_they_fit_and_the_log_says_so(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(report, "print_log", lambda message, **_: said.append(message))
    plain = small(ResNet)
    state = plain.state_dict() | {"fc.weight": torch.zeros(10, 256)}
    torch.save(state, tmp_path / "resnet.pth")
    backbone = small(init_cfg=dict(type="Pretrained", checkpoint=str(tmp_path / "resnet.pth")))
    backbone.init_weights()
    fresh = [f"layer{stage}.0.conv2.fuse.conv.weight" for stage in (2, 3, 4)]
    for key, value in backbone.state_dict().items():
        assert key in fresh or torch.equal(value, state[key])
    # 53 convolutions; 53 norms of weight, bias, mean and variance
    assert said == [
        f"LFFResNet: {5 * 53 - 3} of {5 * 53} tensors loaded from {tmp_path / 'resnet.pth'}; "
        f"3 not in it: {', '.join(fresh)}; 4 in it without a place here: "
        "fc.weight, layer2.0.conv2.weight, layer3.0.conv2.weight, layer4.0.conv2.weight"
    ]


@pytest.mark.parametrize("style", ["pytorch", "caffe"])
def test_all_pretrained_weights_can_be_kept(tmp_path, style):
    plain = small(ResNet, style=style)
    torch.save(plain.state_dict(), tmp_path / "resnet.pth")
    backbone = small(
        style=style,
        kernel_size=3,
        attention=None,
        init_from_strided=True,
        init_cfg=dict(type="Pretrained", checkpoint=str(tmp_path / "resnet.pth")),
    )
    backbone.init_weights()
    plain.eval(), backbone.eval()
    images = torch.rand(1, 3, 64, 96)
    for ours, theirs in zip(backbone(images), plain(images), strict=True):
        assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (dict(down_stages=(0, 1)), r"down_stages=\(0, 1\).*\[1, 2, 3\]"),
        (dict(strides=(1, 2, 2, 1)), r"down_stages=\(1, 2, 3\).*\[1, 2\]"),
        (dict(shortcut=True, avg_down=True), "shortcut=True"),
        (dict(attention="se"), "attention='se'"),
        (dict(kernel_size=2), "kernel_size=2"),
    ],
)
def test_bad_arguments_are_named(options, named):
    with pytest.raises(ValueError, match=named):
        small(**options)


def test_a_trace_gives_the_same_numbers():
    backbone = small(depth=18)
    backbone.eval()
    images = torch.rand(1, 3, 64, 64)
    trace = torch.jit.trace(backbone, images)
    for traced, level in zip(trace(images), backbone(images), strict=True):
        torch.testing.assert_close(traced, level)


def test_a_config_of_mmdet_can_name_it():
    config = dict(type="tinydet.LFFResNet", depth=18, _scope_="mmdet")
    assert isinstance(MODELS.build(config), LFFResNet)
