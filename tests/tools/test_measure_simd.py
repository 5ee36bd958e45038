"""The command that measures m and n of SimD."""

import json
import re

import pytest
import torch
from mmdet.models.task_modules import AnchorGenerator

from tinydet.analysis.simd_constants import MeanOffsets

CONFIG = "configs/faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"
ANCHORS = "model.rpn_head.anchor_generator"


@pytest.fixture
def run(tool, tiny_data, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))

    def main(*arguments, config=CONFIG):
        options = [f"{ANCHORS}.strides=[4,8]", f"{ANCHORS}.scales=[2]"]
        return tool("analysis/simd_constants").main([config, *arguments, "--cfg-options", *options])

    return main


def test_the_boxes_as_the_network_sees_them(run, tiny_data, capsys):
    """Images of 64 px are enlarged to 256; without the random flip of x, n is exact."""
    for image in (tiny_data / "train").iterdir():
        image.write_bytes(b"")  # no pixel is read
    assert run() == 0
    printed = capsys.readouterr().out
    coco = json.loads((tiny_data / "annotations" / "train.json").read_text())
    offsets = MeanOffsets(AnchorGenerator([4, 8], [0.5, 1.0, 2.0], [2]))
    for image in coco["images"]:
        x, y, w, h = torch.tensor(
            [a["bbox"] for a in coco["annotations"] if a["image_id"] == image["id"]]
        ).unbind(1)
        offsets.add(4.0 * torch.stack([x, y, x + w, y + h], 1), (256, 256))
    m, n = map(float, re.search(r"m=(\S+), n=(\S+)", printed).groups())
    assert f"4 images, {offsets.pairs} pairs" in printed
    assert n == pytest.approx(offsets.n, abs=1e-3)
    assert m == pytest.approx(offsets.m, rel=0.1)


def test_a_part_of_the_images(run, capsys):
    assert run("--images", "2") == 0
    # mmengine says before it which variable of the environment it took.
    assert "\n2 images, " in "\n" + capsys.readouterr().out


def test_a_host_without_anchors_is_named(tool, tiny_data, monkeypatch, request, capsys):
    monkeypatch.chdir(request.config.rootpath)
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))
    assert tool("analysis/simd_constants").main(["configs/fcos/fcos_r18_fpn_14e_synthetic.py"]) == 1
    assert "has an anchor_generator" in capsys.readouterr().err
