"""A picture of a test run has the pixels that the detector saw."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from PIL import Image

from tinydet.hooks import DrawDetectionsHook


@pytest.fixture
def draw(tmp_path):
    """Return a function that draws no detection on a file and reads the picture, ``(H, W, 3)``."""

    def drawn(path, **pipeline):
        dataset = SimpleNamespace(metainfo=dict(classes=("boat",)), **pipeline)
        hook = DrawDetectionsHook(str(tmp_path / "show"))
        hook.before_test(SimpleNamespace(test_dataloader=SimpleNamespace(dataset=dataset)))
        sample = DetDataSample(metainfo=dict(img_path=str(path), img_id=1))
        sample.pred_instances = InstanceData(
            bboxes=torch.zeros(0, 4),
            labels=torch.zeros(0, dtype=torch.int64),
            scores=torch.zeros(0),
        )
        hook.after_test_iter(None, 0, None, [sample])
        with Image.open(tmp_path / "show" / f"{path.stem}_1.png") as picture:
            return np.asarray(picture)

    return drawn


def test_a_turned_picture_is_drawn_as_the_detector_saw_it(draw, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (128, 96)).save(tmp_path / "a.jpg", exif=exif)
    height, width, _ = draw(tmp_path / "a.jpg").shape  # a whole zoom, a strip below
    assert height > width


def test_sixteen_bits_are_drawn_by_the_loader_of_the_test(draw, tmp_path):
    values = np.linspace(7000, 8000, 96 * 128).reshape(96, 128).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), values)
    load = dict(type="tinydet.LoadImageFromFile", stretch=(7000, 8000))
    flat = draw(tmp_path / "a.png")
    spread = draw(tmp_path / "a.png", pipeline=Compose([load]))
    assert flat[:380, :500].max() == 31  # 8000 // 256, four times enlarged
    assert spread[:380, :500].max() > 240
