"""Notes on reduced pictures, of pipelines whose scales are worked out by hand."""

import numpy as np
import pytest
from mmcv.transforms import Compose
from mmengine.config import Config
from torch import nn

from tinydet.inference.of_config import test_pipeline as pipeline_of
from tinydet.inference.reduction import Reduction
from tinydet.recipes import mmyolo_data

LETTERS = mmyolo_data.test_images((480, 384))
SIDES = [
    dict(type="LoadImageFromFile"),
    dict(type="mmdet.Resize", scale=(1333, 800), keep_ratio=True),
    dict(type="mmdet.PackDetInputs"),
]


def reduction(pipeline):
    config = Config(dict(test_dataloader=dict(dataset=dict(pipeline=pipeline))))
    return Reduction(nn.Identity(), Compose(pipeline_of(config).transforms[1:]))


@pytest.mark.parametrize(
    ("pipeline", "width", "height", "sentence"),
    [
        # 480 / 2560 = 0.1875; a tile of 480 x 480 px would be reduced to 384 x 384
        (LETTERS, 2560, 1536, "5.3 times for the network, which sees 480 x 384 px,"),
        (LETTERS, 300, 4000, "10.4 times for the network, which sees 480 x 384 px,"),
        # 1333 / 4000 = 0.33325, 1000 * 0.33325 = 333.25; a tile of 800 x 800 px keeps its scale
        (SIDES, 4000, 1000, "3.0 times for the network, which sees 1333 x 333 px,"),
    ],
)
def test_pictures_that_are_reduced(pipeline, width, height, sentence):
    (note,) = reduction(pipeline).notes(height, width)
    assert note.startswith(f"pictures of {width} x {height} px are reduced {sentence}")
    side = {480: 384, 1333: 800}[pipeline[1]["scale"][0]]
    assert note.endswith(f"look at tiles by --slice {side} (in Python, slice={side})")
    assert reduction(pipeline).notes(side, side) == []


@pytest.mark.parametrize(
    ("pipeline", "width", "height"),
    [(LETTERS, 320, 256), (LETTERS, 640, 512), (SIDES, 1920, 1080), (SIDES[::2], 9000, 10)],
)
def test_pictures_that_nearly_keep_their_scale(pipeline, width, height):
    assert reduction(pipeline).notes(height, width) == []


def test_a_size_is_looked_at_once(monkeypatch):
    notes = reduction(LETTERS)
    first = notes.notes(1536, 2560)
    monkeypatch.setattr(np, "zeros", None)
    assert notes.notes(1536, 2560) == first
