"""Attention maps against sums by hand, and on a detector of each host."""

import sys

import numpy as np
import pytest
import torch
from mmdet.models import DetDataPreprocessor
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import InstanceData
from PIL import Image
from torch import nn

from tinydet.analysis.attention import METHODS, attention
from tinydet.configuration import load_config
from tinydet.errors import InputError

SIZE = 4
CONFIG = Config(
    dict(
        test_dataloader=dict(
            dataset=dict(
                pipeline=[dict(type="LoadImageFromFile"), dict(type="mmdet.PackDetInputs")]
            )
        )
    )
)


class Weighted(nn.Module):
    """A detector of red and of green: the score of each is a weighted sum of its pixels."""

    def __init__(self):
        super().__init__()
        self.data_preprocessor = DetDataPreprocessor([10.0] * 3, [2.0] * 3, bgr_to_rgb=True)
        self.neck = nn.Conv2d(3, 2, 1, bias=False)
        self.neck.weight.data = torch.eye(3)[:2, :, None, None]
        generator = torch.Generator().manual_seed(0)
        self.weight = torch.randn(2, SIZE, SIZE, generator=generator)

    def forward(self, inputs, data_samples, mode):
        assert mode == "predict"
        scores = (self.neck(inputs)[0] * self.weight).sum((1, 2))
        found = InstanceData(scores=scores, labels=torch.tensor([0, 1]), bboxes=torch.zeros(2, 4))
        data_samples[0].pred_instances = found
        return data_samples


@pytest.fixture
def image(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    return tmp_path / "x.png", pixels


@pytest.mark.parametrize("labels", [[0, 1], [1]])
def test_maps_are_what_their_equations_say(image, labels):
    path, pixels = image
    model = Weighted().eval()
    seen = (pixels.transpose(2, 0, 1)[:2] - 10.0) / 2  # (2, H, W), red and green
    weight = model.weight.numpy() * np.isin([0, 1], labels)[:, None, None]
    expected = dict(
        activation=seen.mean(0),
        gradcam=(weight.mean((1, 2), keepdims=True) * seen).sum(0).clip(min=0),
        hirescam=(weight * seen).sum(0).clip(min=0),
    )
    for method in METHODS:
        found = attention(model, CONFIG, path, method, score_thr=-1e9, labels=labels)
        np.testing.assert_allclose(found.maps[0], expected[method], rtol=1e-4, atol=1e-4)
        np.testing.assert_array_equal(found.picture, pixels)
        (drawn,) = found.drawn()
        assert drawn.shape == pixels.shape
    assert found.count == len(labels)


@pytest.mark.parametrize(
    "config",
    [
        "faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic",
        pytest.param(
            "lrnet/lrnet_n_14e_synthetic",
            marks=pytest.mark.skipif("not __import__('tinydet').compat.has_mmyolo()"),
        ),
    ],
)
def test_the_levels_of_a_neck_each_get_a_map(config, tiny_data, request, monkeypatch):
    monkeypatch.chdir(request.config.rootpath)
    config = load_config(f"configs/{config}.py")
    init_default_scope("mmdet")
    torch.manual_seed(0)
    model = MODELS.build(config.model).eval()
    path = tiny_data / "val" / "1.png"
    found = attention(model, config, path, score_thr=0.0)
    sides = [256 // level.shape[-1] for level in found.maps]
    assert sides == sorted(sides)
    assert len(sides) > 2
    assert found.picture.shape == (256, 256, 3)
    assert any(level.any() for level in found.maps)
    head = "bbox_head" if "bbox_head" in config.model else "rpn_head"
    with pytest.raises(InputError, match="--layer: the module returns no maps"):
        attention(model, config, path, layer=head, score_thr=0.0)


def test_what_cannot_be_explained(image, monkeypatch):
    path, _ = image
    model = Weighted().eval()
    with pytest.raises(InputError, match="no detection in .*x.png has a score from 1e\\+09"):
        attention(model, CONFIG, path, score_thr=1e9)
    with pytest.raises(InputError, match="no module 'nek' .did you mean 'neck'"):
        attention(model, CONFIG, path, layer="nek")


def test_without_captum(image, monkeypatch):
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(InputError, match="pip install --no-deps captum"):
        attention(Weighted(), CONFIG, image[0])
