"""Every checkpoint that a config of the tree names exists, and fills the module that names it."""

import json
import re
from dataclasses import replace

import pytest
from config_tree import CONFIGS, RUNNABLE
from mmengine.config import Config, ConfigDict
from mmengine.registry import MODELS
from published import PUBLISHED, made_up
from weights_server import hashed, saved

from tinydet.configuration.nested import dictionaries
from tinydet.configuration.pretrained import needed
from tinydet.errors import InputError
from tinydet.weights import catalogue
from tinydet.weights.catalogue import source_of

# Tensors of each module that a checkpoint must fill: weights, biases and running statistics. A
# convolution followed by a norm has five, VGG's with its bias two.
WANTED = {
    ("torchvision://resnet50", "ResNet"): 5 * 53,  # 1 + 3 * 16 + 4 shortcuts
    ("torchvision://resnet50", "DetectoRS_ResNet"): 5 * 53,
    ("torchvision://resnet101", "ResNet"): 5 * 104,  # 1 + 3 * 33 + 4 shortcuts
    ("torchvision://resnet18", "ResNet"): 5 * 20,  # 1 + 2 * 8 + 3 shortcuts
    ("open-mmlab://detectron/resnet50_caffe", "ResNet"): 5 * 53,
    ("open-mmlab://detectron2/resnet50_caffe", "TridentResNet"): 5 * (53 - 10),  # no fourth stage
    ("open-mmlab://detectron2/resnet50_caffe", "ResLayer"): 5 * 10,  # the fourth stage
    ("open-mmlab://vgg16_caffe", "SSDVGG"): 2 * 15,  # 13 + fc6 and fc7
    ("open-mmlab://darknet53", "Darknet"): 5 * 52,  # 1 + 5 + 2 * 23
    ("tinydet://res2net50_v1b_26w_4s", "Res2Net"): 5 * 87,  # 3 + 5 * 16 + 4 shortcuts
    ("tinydet://dla34", "DLA"): 5 * 37,  # 3 + 6 + 2 * 11 + 6
    ("tinydet://mobilenet_v2", "MobileNetV2"): 5 * 52,  # 1 + 2 + 3 * 16 + 1
    ("tinydet://mobilenet_v2", "TrimmedMobileNetV2"): 5 * 51,
    # patches 4, 12 blocks of 2 norms, table, index and 4 layers, 3 mergings, the last norm
    ("tinydet://swin_tiny", "SwinTransformer"): 4 + 12 * 14 + 3 * 3 + 2,
    # stem, 4 C2f of 2 + 2 or 2 + 4, SPPF; 2 C2f of the neck
    ("tinydet://yolov8_n_coco", "YOLODetector"): 5 * (1 + 20 + 2 + 8),
}
# What no checkpoint has: it is the idea of the module, or made from the weights that are loaded.
NEW = re.compile(
    r"\.(switch|pre_context|post_context|offset_s|offset_l|rfp_conv)\.(weight|bias)$"  # DetectoRS
    r"|\.(weight_diff|weight_gamma|weight_beta)$"
    r"|^norm[12]\."  # of Swin's finer levels
    r"|\.fuse\.conv\.weight$|\.fuse\.bn\."  # LFF
    # What P2 adds to YOLOv8, or moves to another level.
    r"|^neck\.(top_down_layers\.2|downsample_layers|bottom_up_layers)\.|^bbox_head\."
)


@pytest.fixture(scope="module")
def configs(loaded):
    return {path: loaded(path) for path in RUNNABLE}


def modules_with_weights(config):
    """Yield checkpoint and module of every dictionary that names weights."""
    for _, node in dictionaries(config.model.to_dict(), "model"):
        start = node.get("init_cfg")
        start = start if isinstance(start, dict) else {}
        name = start.get("checkpoint") or node.get("pretrained")
        if name:
            yield name, node


@pytest.mark.slow
def test_every_checkpoint_of_the_tree_exists(configs):
    names = {name for config in configs.values() for name in needed(config)}
    assert names <= set(PUBLISHED), "say in published.py what the new file holds"
    for name in names:
        source = source_of(name)  # raises where nothing is called so
        assert source.url.startswith("https://")
        assert len(source.sha256) >= 8, f"{name} has no hash"


@pytest.mark.parametrize("name", ["torchvision://resnet49", "open-mmlab://resnet5O"])
def test_a_checkpoint_that_exists_nowhere_is_seen(tmp_path, name):
    path = tmp_path / "wrong.py"
    parent = CONFIGS / "faster_rcnn/faster-rcnn_r50_fpn_1x_aitod.py"
    path.write_text(
        f"_base_ = {str(parent)!r}\nmodel = dict(backbone=dict(init_cfg=dict(checkpoint={name!r})))"
    )
    (found,) = needed(Config.fromfile(path, import_custom_modules=False))
    assert found == name
    with pytest.raises(InputError, match=f"{name} does not exist"):
        source_of(found)


@pytest.fixture
def served(server, monkeypatch):
    """The catalogue, with the server's address and the made-up files' hashes."""
    tables = {scheme: dict(catalogue.TABLES[scheme]()) for scheme in catalogue.TABLES}
    for name in PUBLISHED:
        scheme, short = re.match(r"(.+://)(.+)", name).groups()
        content = saved(made_up(name))
        file = hashed(short.replace("/", "_"), content)
        server.files[file] = content
        url = f"{server.url}/{file}"
        old = tables[scheme][short]
        new = dict(file=file, url=url, sha256=file[-12:-4], package=None)
        tables[scheme][short] = url if isinstance(old, str) else replace(old, **new)
    monkeypatch.setattr(
        catalogue, "TABLES", {scheme: lambda t=table: t for scheme, table in tables.items()}
    )


def filled(name, node):
    """Build a module, initialize it, and return the tensors that hold what was served."""
    # A detector reads its parts by attribute, and mmyolo's have their own scope.
    module = MODELS.build(ConfigDict({"_scope_": "mmdet", **node}))
    module.init_weights()
    state = made_up(name)
    source = source_of(name)
    state = source.adapt(state) if source.adapt else state
    # mmdet's Swin takes the backbone of a classifier.
    state = {**state, **{key.removeprefix("backbone."): value for key, value in state.items()}}
    own = {
        key: value
        for key, value in module.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    right = [
        key
        for key, value in own.items()
        if key in state and (value == state[key].flatten()[0]).all()
    ]
    return right, [key for key in own if key not in right and not NEW.search(key)]


@pytest.mark.slow
def test_every_module_takes_all_it_should(configs, served):
    pairs = {}
    for path, config in configs.items():
        for name, node in modules_with_weights(config):
            node["frozen_stages"] = -1 if "frozen_stages" in node else None
            node = {key: value for key, value in node.items() if value is not None}
            pairs[name, json.dumps(node, sort_keys=True)] = path
    wrong, seen = [], set()
    for (name, text), path in pairs.items():
        node = json.loads(text)
        right, left = filled(name, node)
        kind = node["type"].rpartition(".")[2]
        seen.add((name, kind))
        print(f"{kind}: {len(right)} tensors from {name}")
        if left or len(right) != WANTED.get((name, kind)):
            wrong.append(f"{path.name}: {len(right)} of {name}, without {left[:3]}")
    assert not wrong
    assert seen == set(WANTED)


def test_lff_takes_the_strided_convolutions_of_coco(served):
    path = CONFIGS / "lrnet/ablations/lrnet_n_release_1500e_aitod_from-strided.py"
    config = Config.fromfile(path, import_custom_modules=False)
    model = MODELS.build(ConfigDict({"_scope_": "mmdet", **config.model}))
    model.init_weights()
    state = made_up("tinydet://yolov8_n_coco")
    for stage in (1, 2, 3, 4):
        lff = getattr(model.backbone, f"stage{stage}")[0].fuse
        value = state[f"backbone.stage{stage}.0.conv.weight"].flatten()[0].item()
        assert lff.conv.weight.unique().tolist() == [0, value]
        assert (lff.conv.weight != 0).float().mean() == 9 / 36  # of 4 phases, 3 x 3 taps each
        assert (lff.bn.bias == state[f"backbone.stage{stage}.0.bn.bias"]).all()
    assert len(model.neck.downsample_layers[0].fuse.conv.weight.unique()) > 2  # another level's


def test_a_module_that_takes_too_little_is_seen(served):
    node = dict(
        type="ResNet",
        depth=50,
        style="caffe",
        deep_stem=True,
        init_cfg=dict(type="Pretrained", checkpoint="torchvision://resnet50"),
    )
    right, left = filled("torchvision://resnet50", node)
    assert len(right) == 5 * 52
    assert left[0] == "stem.0.weight"
