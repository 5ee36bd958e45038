"""mmyolo's detectors take images of any size, and of several in a batch."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

import tinydet.models  # noqa: F401  (which a runner imports; they install the padding)
from tinydet.compat import has_mmyolo
from tinydet.compat.padding import GRAY, to_multiple, to_same_size
from tinydet.configuration import load_config

pytestmark = pytest.mark.skipif(not has_mmyolo(), reason="mmyolo is not installed")


def test_gray_at_the_right_and_at_the_bottom():
    image = torch.full((3, 5, 4), 7, dtype=torch.uint8)
    padded = to_multiple(image, 4)
    assert padded.shape == (3, 8, 4)
    assert (padded[:, :5] == 7).all()
    assert (padded[:, 5:] == GRAY).all()
    assert to_multiple(padded, 4) is padded
    first, second = to_same_size([image, torch.zeros(3, 2, 6)])
    assert first.shape == second.shape == (3, 5, 6)
    assert (first[:, :, 4:] == GRAY).all()


@pytest.fixture(scope="module")
def model():
    config = load_config("configs/yolov8/yolov8_n-p2_15e_hituav.py")
    init_default_scope("mmdet")
    return MODELS.build(config.model)


def test_a_detector_knows_its_largest_stride(model):
    assert model.data_preprocessor.pad_size_divisor == 32
    other = Config.fromfile("configs/yolov8/yolov8_n-p2_15e_hituav.py").model
    other.data_preprocessor.pad_size_divisor = 12
    assert MODELS.build(other).data_preprocessor.pad_size_divisor == 96


@pytest.mark.parametrize("training", [True, False])
def test_sizes_that_the_largest_stride_does_not_divide(model, training):
    image = torch.randint(0, 255, (3, 100, 70), dtype=torch.uint8)
    rows = dict(bboxes_labels=torch.tensor([[0.0, 1.0, 8.0, 8.0, 20.0, 20.0]]))
    data = dict(inputs=image[None], data_samples=rows) if training else dict(inputs=[image])
    data = model.data_preprocessor({"data_samples": None, **data}, training)
    assert data["inputs"].shape == (1, 3, 128, 96)
    torch.testing.assert_close(data["inputs"][0, :, :100, :70], image.flip(0) / 255)
    assert (data["inputs"][0, :, 100:] == GRAY / 255).all()
    model.train(training)
    if training:
        assert data["data_samples"]["img_metas"][0]["batch_input_shape"] == (128, 96)
        losses = model(**data, mode="loss")
        assert all(torch.isfinite(value).all() for value in losses.values())
    else:
        model(**data, mode="tensor")
