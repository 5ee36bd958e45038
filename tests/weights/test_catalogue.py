"""Names: what they stand for, and what is said where they stand for nothing."""

import json

import pytest
import torch

from tinydet.checkpoints import read_checkpoint
from tinydet.errors import InputError
from tinydet.weights.catalogue import source_of
from tinydet.weights.source import promised_hash

MMLAB = "https://download.openmmlab.com/"


@pytest.mark.parametrize(
    ("name", "url", "sha256"),
    [
        # IMAGENET1K_V1, with which published numbers were made; V2 is resnet50-11ad3fa6.
        (
            "torchvision://resnet50",
            "https://download.pytorch.org/models/resnet50-0676ba61.pth",
            "0676ba61",
        ),
        (
            "modelzoo://resnet18",
            "https://download.pytorch.org/models/resnet18-f37072fd.pth",
            "f37072fd",
        ),
        (
            "open-mmlab://detectron2/resnet50_caffe",
            f"{MMLAB}pretrain/third_party/resnet50_msra-5891d200.pth",
            "5891d200",
        ),
        (  # deprecated for detectron/resnet50_caffe
            "openmmlab://resnet50_caffe",
            f"{MMLAB}pretrain/third_party/resnet50_caffe-788b5fa3.pth",
            "788b5fa3",
        ),
        (
            "mmcls://vgg16",
            f"{MMLAB}mmclassification/v0/vgg/vgg16_batch256_imagenet_20210208-db26f1a5.pth",
            "db26f1a5",
        ),
        ("https://host/a%20b/net-0123abcd.pth?raw=1", None, "0123abcd"),
    ],
)
def test_a_name_has_an_address_and_a_hash(name, url, sha256):
    source = source_of(name)
    assert (source.url, source.sha256) == (url or name, sha256)
    assert "?" not in source.file
    assert not source.is_local


@pytest.mark.parametrize(
    ("file", "sha256"),
    [
        ("resnet50-0676ba61.pth", "0676ba61"),
        ("epoch_12.pth", ""),
        ("best-20240131.pth", ""),  # a day
        ("best-20241331.pth", "20241331"),  # no day
        ("swin_tiny_patch4_window7_224.pth", ""),
        ("a-0123456.pth", ""),  # too short for the convention
        ("resnext50_32x4d_gn-c7e8b754.pth", "f29c35b885c70395dfee2e509420cb0d"),
    ],
)
def test_the_hash_in_a_file_name(file, sha256):
    assert promised_hash(file) == sha256


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("torchvision://resnet5O", r"resnet5O does not exist \(did you mean 'resnet50'\?\)"),
        ("open-mmlab://resnet5O", r"does not exist \(did you mean 'resnest50'\?\)"),
        ("open-mmlab://resnet50", r"\(there is torchvision://resnet50\)"),
        ("open-mmlab://densenet121", r"\(there is torchvision://densenet121\)"),
        ("torchvision://shufflenetv2_x1.5", "does not exist"),  # in the list, without an address
        ("tinydet://mobilenet_v3", r"did you mean 'mobilenet_v2'"),
        ("torchvison://resnet50", r"'torchvison://' is unknown; there are torchvision://, "),
        ("nowhere.pth", r"nowhere.pth does not exist \(looked for /\S+/nowhere.pth\)"),
    ],
)
def test_a_name_that_stands_for_nothing(name, sentence):
    with pytest.raises(InputError, match=sentence):
        read_checkpoint(name)


def test_paths_absolute_relative_and_of_the_home(tmp_path, monkeypatch):
    torch.save({"w": torch.ones(1)}, tmp_path / "x.pth")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (tmp_path / "x.pth", "x.pth", "~/x.pth"):
        assert read_checkpoint(name)["w"].item() == 1


def test_a_local_file_that_moved_to_ones_own_folder(tmp_path, monkeypatch):
    torch.save({"w": torch.ones(1)}, tmp_path / "x.pth")
    monkeypatch.setenv("TINYDET_WEIGHTS", str(tmp_path))
    assert read_checkpoint("data/weights/x.pth")["w"].item() == 1


def test_a_users_own_names(tmp_path, monkeypatch):
    monkeypatch.setenv("MMENGINE_HOME", str(tmp_path))
    torch.save({"w": torch.ones(1)}, tmp_path / "mine.pth")
    (tmp_path / "open_mmlab.json").write_text(json.dumps({"mine": "mine.pth"}))
    assert read_checkpoint("open-mmlab://mine")["w"].item() == 1


def test_mmcls_gives_the_backbone_of_a_classifier(server, monkeypatch):
    from weights_server import hashed, saved

    from tinydet.weights import catalogue

    content = saved(dict(state_dict={"backbone.w": torch.ones(1), "head.w": torch.ones(1)}))
    name = hashed("vgg16", content)
    server.files[name] = content
    monkeypatch.setitem(catalogue.TABLES, "mmcls://", lambda: {"vgg16": f"{server.url}/{name}"})
    assert [*read_checkpoint("mmcls://vgg16")["state_dict"]] == ["w"]


def test_other_schemes_stay_mmengines():
    with pytest.raises(ImportError, match="pavi"):
        read_checkpoint("pavi://somewhere/x.pth")
