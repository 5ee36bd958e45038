"""TIMMBackbone on a stand-in for timm, and on timm itself where it is installed."""

import sys
import types

import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

from tinydet.errors import InputError
from tinydet.models.backbones import TIMMBackbone


class Pyramid(nn.ModuleDict):
    """What timm makes of a model of stages: its flattened modules, and facts of their maps."""

    def __init__(self, out_indices=(0, 1, 2, 3), last=False):
        stem = nn.Conv2d(3, 4, 4, stride=4)
        stages = [nn.Conv2d(4, 4, 2, stride=2) for _ in range(3)]
        super().__init__(dict(stem=stem) | {f"stages_{n}": s for n, s in enumerate(stages)})
        self.out_indices, self.output_fmt = out_indices, "NHWC" if last else "NCHW"
        self.feature_info = types.SimpleNamespace(
            out_indices=out_indices, reduction=lambda: [4 * 2**place for place in out_indices]
        )

    def forward(self, x):
        maps = []
        for place, layer in enumerate(self.values()):
            x = layer(x)
            if place in self.out_indices:
                maps.append(x.permute(0, 2, 3, 1) if self.output_fmt == "NHWC" else x)
        return maps


def create_model(name, features_only, **kwargs):
    assert features_only
    if name == "flat":
        raise RuntimeError("features_only not implemented")
    return Pyramid(last=name == "swinlike", **kwargs)


@pytest.fixture(autouse=True)
def timm(monkeypatch):
    module = types.ModuleType("timm")
    names = ["repvit_m0_9", "repvit_m1_1", "swinlike", "flat"]
    module.is_model, module.list_models = names.__contains__, lambda: names
    module.create_model, module.__version__ = create_model, "1.0"
    monkeypatch.setitem(sys.modules, "timm", module)


def build(**options):
    return MODELS.build(dict(type="tinydet.TIMMBackbone", model_name="repvit_m0_9") | options)


@pytest.mark.parametrize("name", ["repvit_m0_9", "swinlike"])
def test_maps_of_the_strides(name):
    backbone = build(model_name=name, strides=(4, 16, 32))
    shapes = [level.shape for level in backbone(torch.rand(2, 3, 64, 96))]
    assert shapes == [(2, 4, 16, 24), (2, 4, 4, 6), (2, 4, 2, 3)]


def whole_model():
    network = nn.ModuleDict(dict(stem=nn.Conv2d(3, 4, 4), head=nn.Linear(4, 2)))
    network["stages"] = nn.Sequential(*(nn.Conv2d(4, 4, 2) for _ in range(3)))
    return network.state_dict()


@pytest.mark.parametrize("wrapped", [False, True])
def test_weights_of_a_whole_model(tmp_path, wrapped):
    state = whole_model()
    torch.save(dict(state_dict=state) if wrapped else state, tmp_path / "model.pth")
    backbone = build(pretrained=str(tmp_path / "model.pth"))
    assert not torch.equal(backbone.network["stem"].weight, state["stem.weight"])
    backbone.init_weights()
    assert torch.equal(backbone.network["stem"].weight, state["stem.weight"])
    assert torch.equal(backbone.network["stages_2"].bias, state["stages.2.bias"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            dict(model_name="repvit_m09"),
            r"model_name='repvit_m09' of tinydet.TIMMBackbone is not a model of timm 1.0 "
            r"\(did you mean 'repvit_m0_9' or 'repvit_m1_1'\?\)",
        ),
        (dict(model_name="flat"), "does not make a feature extractor of this model"),
        (
            dict(as_published=True),
            r"unexpected keyword argument 'as_published'\); leave as_published",
        ),
        (dict(out_indices=(1, 2)), "takes strides in place of timm's out_indices"),
        (dict(strides=(16, 8)), r"strides=\(16, 8\) of tinydet.TIMMBackbone do not ascend"),
        (dict(strides=(2, 4)), "repvit_m0_9 has maps of strides 4, 8, 16, 32; name some of these"),
    ],
)
def test_models_and_strides_that_there_are_not(options, sentence):
    with pytest.raises(InputError, match=sentence):
        build(**options)


@pytest.mark.parametrize("change", ["drop", "reshape"])
def test_weights_of_another_model(tmp_path, change):
    state = whole_model()
    state["stages.1.weight"] = torch.rand(8, 4, 2, 2)
    if change == "drop":
        del state["stages.1.weight"]
    torch.save(state, tmp_path / "other.pth")
    backbone = build(pretrained=str(tmp_path / "other.pth"))
    with pytest.raises(
        InputError, match="1 of 8 are missing or have another shape, such as stages_1.weight"
    ):
        backbone.init_weights()


def test_timm_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(
        InputError, match=r"TIMMBackbone needs timm .*; install it by pip install -e .\[timm\]"
    ):
        build()


@pytest.fixture
def real_timm(monkeypatch):
    monkeypatch.delitem(sys.modules, "timm")
    return pytest.importorskip("timm")


@pytest.mark.parametrize("name", ["repvit_m0_9", "resnet10t", "swin_tiny_patch4_window7_224"])
@torch.no_grad()
def test_timm_itself(real_timm, tmp_path, name):
    more = dict(strict_img_size=False) if "swin" in name else {}
    model = real_timm.create_model(name, **more).eval()
    safetensors = pytest.importorskip("safetensors.torch")
    safetensors.save_file(model.state_dict(), tmp_path / "model.safetensors")
    strides = (4, 8, 16, 32)
    backbone = TIMMBackbone(name, strides, str(tmp_path / "model.safetensors"), **more).eval()
    backbone.init_weights()
    image = torch.rand(1, 3, 64, 96)
    maps = backbone(image)
    assert [level.shape[2:] for level in maps] == [(64 // s, 96 // s) for s in strides]
    last = model.forward_features(image)
    last = last.permute(0, 3, 1, 2) if "swin" in name else last
    if "swin" not in name:  # whose model normalizes the last map
        torch.testing.assert_close(maps[-1], last)
