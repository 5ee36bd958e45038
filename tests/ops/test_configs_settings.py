"""Every setting of an operator that a config of the tree uses, compiled beside torchvision's."""

import mmcv.ops
import pytest
import torch
from config_tree import RUNNABLE
from mmcv.ops import DeformConv2d, ModulatedDeformConv2d, RoIAlign, SAConv2d, batched_nms
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

pytestmark = [pytest.mark.usefixtures("torchvision_ops"), pytest.mark.slow]

NMS = {"nms", "soft_nms"}
CONVOLUTIONS = (DeformConv2d, ModulatedDeformConv2d, SAConv2d)


def dictionaries(node):
    """All dictionaries of a config, the innermost too."""
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, dict | list | tuple):
            yield from dictionaries(value)


def parts(model):
    """What decides whether a model has deformable parts: the types in it and their options."""
    names = {str(item["type"]) for item in dictionaries(model) if "type" in item}
    options = {f"{key}={item[key]}" for item in dictionaries(model) for key in item if "dcn" in key}
    return frozenset(names | options)


@pytest.fixture(scope="session")
def models(loaded):
    """The model and default scope of every config."""
    configs = [loaded(path) for path in RUNNABLE]
    return [(config.model.to_dict(), config.get("default_scope", "mmdet")) for config in configs]


@pytest.fixture(scope="session")
def layers(models):
    """The distinct deformable convolutions of the tree, by what they are built with."""
    found, seen = {}, set()
    for model, scope in models:
        if parts(model) in seen:
            continue
        seen.add(parts(model))
        init_default_scope(scope)
        for module in MODELS.build(Config(dict(model=model)).model).modules():
            if isinstance(module, CONVOLUTIONS):
                names = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
                names += ("dilation", "groups", "deform_groups", "use_deform")
                setting = {name: getattr(module, name) for name in names if hasattr(module, name)}
                found.setdefault((type(module).__name__, str(setting)), module)
    return found


def test_nms(models, compare, ledger):
    """Settings of ``batched_nms``; each decides about the same crowd, scores with ties."""
    settings = {
        str(sorted(item.items())): item
        for model, _ in models
        for item in dictionaries(model)
        if item.get("type") in NMS and "iou_threshold" in item
    }
    assert {item["type"] for item in settings.values()} == NMS
    generator = torch.Generator().manual_seed(0)
    start = torch.rand(500, 2, generator=generator) * 60
    boxes = torch.cat([start, start + 2 + torch.rand(500, 2, generator=generator) * 30], 1)
    scores = (torch.rand(500, generator=generator) * 50).round() / 50
    classes = torch.arange(500) % 3
    for config in settings.values():

        def run(boxes, scores, config=config):
            dets, kept = batched_nms(boxes, scores, classes, config)
            return torch.cat([dets, kept[:, None]], 1)

        found = compare(f"{config['type']} of configs", run, boxes, scores, tolerance=1e-6)
        assert 0 < len(found) <= 500


def test_roi_align(models, compare):
    settings = {
        (str(layer), stride): (layer, stride)
        for model, _ in models
        for item in dictionaries(model)
        if "roi_layer" in item
        for layer in [item["roi_layer"]]
        for stride in item["featmap_strides"]
    }
    assert {layer["type"] for layer, _ in settings.values()} == {"RoIAlign"}
    generator = torch.Generator().manual_seed(0)
    for layer, stride in settings.values():
        options = {name: value for name, value in layer.items() if name != "type"}
        side = 256 // stride
        features = torch.randn(2, 4, side, side, generator=generator, requires_grad=True)
        start = torch.rand(30, 2, generator=generator) * 256
        sizes = 2 + torch.rand(30, 2, generator=generator) * 60
        number = (torch.arange(30) % 2)[:, None]
        rois = torch.cat([number, start, start + sizes], 1)
        layer = RoIAlign(spatial_scale=1 / stride, **options)
        compare("roi_align of configs", layer, features, rois, tolerance=1e-5)


def test_deformable_convolutions(layers, compare):
    """Each with the weights that it begins with; offsets of half a cell, and of none."""
    assert {name for name, _ in layers} >= {"DeformConv2d", "ModulatedDeformConv2dPack", "SAConv2d"}
    torch.manual_seed(0)
    for (kind, _), module in layers.items():
        x = torch.randn(2, module.in_channels, 6, 7, requires_grad=True)
        for spread in (0.0, 0.5):
            operator = f"{kind} of configs"
            compare(operator, *call(module, x, spread), tolerance=1e-4)


def call(module, x, spread):
    """A function of the layer and its tensors; layers that make their offsets get a spread."""
    if type(module) is DeformConv2d:
        (rows, columns), taps = offsets(module, x)
        offset = spread * torch.randn(len(x), 2 * taps, rows, columns)
        return module, x, offset.requires_grad_()
    for name, part in module.named_children():
        if "offset" in name:
            torch.nn.init.normal_(part.weight, std=spread / part.in_channels**0.5 / 3)
    return module, x


def offsets(module, x):
    """Size of the output and number of samples of each of its cells."""
    kernel, stride, padding, dilation = (
        getattr(module, name) for name in ("kernel_size", "stride", "padding", "dilation")
    )
    size = [
        (x.shape[2 + d] + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1) // stride[d] + 1
        for d in (0, 1)
    ]
    return size, module.deform_groups * kernel[0] * kernel[1]


def test_no_other_operator_is_built(models, stand_in):
    """No layer of the tree is one whose operator the stand-in does not have."""
    others = (
        {
            name
            for name in dir(mmcv.ops)
            if isinstance(getattr(mmcv.ops, name), type)
            and issubclass(getattr(mmcv.ops, name), torch.nn.Module)
        }
        - {kind.__name__ for kind in CONVOLUTIONS}
        - {
            "CornerPool",
            "DeformConv2dPack",
            "ModulatedDeformConv2dPack",
            "MultiScaleDeformableAttention",
            "RoIAlign",
            "SigmoidFocalLoss",
            "SoftmaxFocalLoss",
        }
    )
    assert "CARAFE" in others
    used = {name for model, _ in models for name in parts(model)}
    assert not used & others
