"""The model card: counts that can be worked out by hand, and hosts of each family."""

import json

import pytest
import torch
from mmcv.ops import DeformConv2d, ModulatedDeformConv2d
from mmengine.analysis import FlopAnalyzer
from mmengine.config import Config
from torch import nn

from tinydet.analysis.complexity import (
    attention,
    build_fresh,
    deformable,
    input_size,
    profile,
    profiling,
)

MODEL = """
model = dict(
    type="mmdet.RetinaNet",
    data_preprocessor=dict(type="mmdet.DetDataPreprocessor", pad_size_divisor=32),
    backbone=dict(type="mmdet.ResNet", depth=18, out_indices=(1, 2, 3), base_channels=8,
        init_cfg=dict(type="Pretrained", checkpoint="torchvision://resnet18")),
    neck=dict(type="mmdet.FPN", in_channels=[16, 32, 64], out_channels=8, num_outs=3),
    bbox_head=dict(type="mmdet.RetinaHead", num_classes=1, in_channels=8, feat_channels=8,
        stacked_convs=1,
        anchor_generator=dict(type="mmdet.AnchorGenerator", octave_base_scale=4,
            scales_per_octave=1, ratios=[1.0], strides=[8, 16, 32])),
    test_cfg=dict(nms_pre=100, score_thr=0.0, nms=dict(type="nms", iou_threshold=0.5),
        max_per_img=10))
test_dataloader = dict(dataset=dict(pipeline=[dict(type="mmdet.Resize", scale=(90, 60))]))
"""
DETR = """
_base_ = "mmdet::deformable_detr/deformable-detr_r50_16xb2-50e_coco.py"
model = dict(
    num_queries=60,  # 2 classes: more than the 100 that are kept
    backbone=dict(depth=18, base_channels=8),
    neck=dict(in_channels=[16, 32, 64], out_channels=32),
    encoder=dict(num_layers=1, layer_cfg=dict(self_attn_cfg=dict(embed_dims=32),
        ffn_cfg=dict(embed_dims=32, feedforward_channels=32))),
    decoder=dict(num_layers=1, layer_cfg=dict(self_attn_cfg=dict(embed_dims=32),
        cross_attn_cfg=dict(embed_dims=32),
        ffn_cfg=dict(embed_dims=32, feedforward_channels=32))),
    positional_encoding=dict(num_feats=16),
    bbox_head=dict(embed_dims=32, num_classes=2),
)
"""


@pytest.fixture
def card(tool, tmp_path, capsys):
    """Run the tool on the text of a config; return its row and what it says of failures."""

    def run(text, *words):
        path = tmp_path / "model.py"
        path.write_text(text)
        assert tool("analysis/complexity").main([str(path), "--device", "cpu", *words]) == 0
        printed = capsys.readouterr()
        last = printed.out.splitlines()[-1]
        return [cell.strip() for cell in last.strip("|").split("|")], printed.err

    return run


def convolution(size, out, inner, kernel=1):
    """Multiply-adds of a convolution on ``size`` = (height, width) of its output."""
    return size[0] * size[1] * out * inner * kernel * kernel


def test_flops_are_multiply_adds_of_the_network(tmp_path):
    """A neck and a head counted by hand, with the backbone's share measured alone."""
    config = Config.fromstring(MODEL, ".py")
    whole = profile(config, (64, 96), only=("flops", "parameters"))
    sizes = [(8, 12), (4, 6), (2, 3)]
    neck = sum(
        convolution(size, 8, inner) + convolution(size, 8, 8, 3)
        for size, inner in zip(sizes, (16, 32, 64), strict=True)
    )
    # Two branches of one layer, then 1 class and 4 coordinates of 1 anchor.
    head = sum(2 * convolution(size, 8, 8, 3) + convolution(size, 5, 8, 3) for size in sizes)
    model = build_fresh(config)
    assert whole.parameters == sum(weight.numel() for weight in model.parameters())
    # ResNet-18 of 8 channels: the stem, then per stage four 3x3, one 1x1 from the second on.
    stem = convolution((32, 48), 8, 3, 7)
    first = 4 * convolution((16, 24), 8, 8, 3)
    stages = sum(
        convolution(size, c, c // 2, 3)
        + 3 * convolution(size, c, c, 3)
        + convolution(size, c, c // 2)
        for size, c in zip(sizes, (16, 32, 64), strict=True)
    )
    convolutions = stem + first + stages + neck + head
    # Batch normalisation: two operations a value, counted by mmengine as well; no more than that.
    assert convolutions <= whole.flops <= 1.02 * convolutions
    assert "flops" not in whole.reasons


class TwoDeformable(nn.Module):
    def __init__(self):
        super().__init__()
        self.plain = DeformConv2d(4, 6, 3, padding=1)
        self.modulated = ModulatedDeformConv2d(6, 4, 3, padding=1, groups=2)

    def forward(self, x):
        offset = x.new_zeros(1, 18, *x.shape[-2:])
        return self.modulated(self.plain(x, offset), offset, offset[:, :9])


def test_deformable_convolutions_count_as_plain_ones():
    analysis = FlopAnalyzer(TwoDeformable(), torch.rand(1, 4, 8, 10))
    for name in deformable.NAMES:
        analysis.set_op_handle(f"prim::PythonOp.{name}", deformable.convolution)
    assert analysis.total() == convolution((8, 10), 6, 4, 3) + convolution((8, 10), 4, 3, 3)


class Attention(nn.Module):
    def forward(self, query):
        value = query[..., :2]
        return nn.functional.scaled_dot_product_attention(query, query, value)


def test_fused_attention_counts_as_its_two_products():
    analysis = FlopAnalyzer(Attention(), torch.rand(1, 3, 7, 4))
    analysis.set_op_handle("aten::scaled_dot_product_attention", attention.fused)
    assert analysis.total() == 3 * 7 * 7 * (4 + 2)


def test_a_deployed_network_has_neither_norms_nor_parts_that_only_train(card, request):
    pytest.importorskip("mmyolo")
    path = request.config.rootpath / "configs/yolov10/yolov10_n_14e_synthetic.py"
    words = "--shape", "64", "64", "--only", "parameters"
    (plain, _), (deployed, said) = (
        card(f'_base_ = "{path}"', *words, *more) for more in ([], ["--deployed"])
    )
    assert float(deployed[2]) < 0.9 * float(plain[2])
    assert said == ""


def test_the_row(card, tmp_path):
    row, said = card(MODEL, "--repeats", "1", "--json", str(tmp_path / "card.json"))
    assert row[:2] == ["model", "64×96"]  # 60 x 90, padded to 32
    parameters, flops, latency, memory = map(float, row[2:6])
    assert 0.1 < parameters < 0.3
    assert 0.005 < flops < 0.02
    assert latency > 0
    assert memory >= 0
    assert row[6].startswith("CPU, ")
    assert said == ""
    numbers = json.loads((tmp_path / "card.json").read_text())
    assert numbers["size"] == [64, 96]
    assert numbers["parameters"] == pytest.approx(parameters * 1e6, abs=5e3)


def test_a_measure_that_fails_leaves_its_cell_empty_and_says_why(card, monkeypatch):
    def broken(*_):
        raise RuntimeError("no such operator")

    monkeypatch.setattr(profiling, "_latency", broken)
    row, said = card(MODEL)
    assert row[4] == ""
    assert all(row[index] for index in (2, 3, 5))
    assert said == "model, latency: RuntimeError: no such operator\n"


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ('_base_ = "{configs}/faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"', "RoIAlign"),
        ('_base_ = "{configs}/yolox/yolox_n_14e_synthetic.py"', ""),
        (DETR, ""),
    ],
    ids=["two-stage", "yolo", "detr"],
)
def test_every_family_of_hosts(card, request, text, unknown):
    text = text.replace("{configs}", str(request.config.rootpath / "configs"))
    row, said = card(text, "--shape", "128", "128", "--repeats", "1")
    assert all(row), (row, said)
    assert unknown in said


@pytest.mark.parametrize(
    ("pipeline", "size"),
    [
        ([dict(type="LoadImage"), dict(type="mmdet.Resize", scale=(1333, 800))], (800, 1333)),
        (
            [
                dict(type="YOLOv5KeepRatioResize", scale=(320, 320)),
                dict(type="LetterResize", scale=(640, 512)),
            ],
            (512, 640),
        ),
        ([dict(type="LoadImage")], (200, 100)),
    ],
)
def test_the_size_is_that_of_the_test_pipeline(pipeline, size):
    dataset = dict(pipeline=pipeline)
    config = Config(dict(test_dataloader=dict(dataset=dataset), img_scale=(100, 200)))
    assert input_size(config) == size


def test_mistakes(tool, tmp_path, capsys):
    main = tool("analysis/complexity").main
    path = tmp_path / "model.py"
    path.write_text(MODEL.replace("(90, 60)", "None"))
    assert main([str(path), "--device", "cpu"]) == 1
    assert "name the size of the image by --shape" in capsys.readouterr().err
    assert main([str(tmp_path / "none.py")]) == 1
    assert "none.py does not exist" in capsys.readouterr().err
    if not torch.cuda.is_available():
        assert main([str(path), "--device", "cuda"]) == 1
        assert "torch sees no GPU here" in capsys.readouterr().err
