"""SR-TOD inside detectors: loss, gradients, odd images, precision, what cannot be."""

import pytest
import torch
from mmengine.registry import MODELS

from tinydet.models.necks import SRTOD
from tinydet.testing import trial
from tinydet.testing.hosts import HOSTS
from tinydet.testing.matrix import COMPONENTS


@pytest.fixture(scope="module")
def detector():
    return trial.build(COMPONENTS["SR-TOD"].into(HOSTS["Faster R-CNN"]))


def neck(finest, images, **options):
    module = SRTOD(finest.shape[1], **options)
    module.images = images
    return module


def test_the_loss_is_the_mean_squared_error_and_the_other_levels_pass():
    torch.manual_seed(0)
    finest, other = torch.randn(2, 8, 4, 6), torch.randn(2, 8, 2, 3)
    module = neck(finest, torch.rand(2, 3, 16, 24), loss_weight=2.0)
    outputs = module((finest, other))
    assert outputs[1] is other
    drawn = module.reconstruction(finest).sigmoid()
    expected = 2 * (drawn - module.images).square().mean()
    torch.testing.assert_close(module.auxiliary_losses["loss_reconstruction"], expected)
    module.eval()
    module((finest, other))


@pytest.mark.parametrize("size", [(16, 24), (15, 21), (13, 22)])
@pytest.mark.parametrize("stride", [4, 8])
def test_images_of_any_size(size, stride):
    finest = torch.randn(1, 8, *(-(-side // stride) for side in size))
    (gated,) = neck(finest, torch.rand(1, 3, *size), stride=stride)((finest,))
    assert gated.shape == finest.shape


def test_every_weight_learns_from_detections_and_reconstruction(detector):
    losses = detector.train()(*trial.batch(False), mode="loss")
    assert losses["loss_reconstruction"] > 0
    detector.zero_grad()
    detector.parse_losses(losses)[0].backward()
    named = detector.neck[1].named_parameters()
    assert [name for name, p in named if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("as_published", [False, True])
def test_the_threshold_learns_from_detections(as_published):
    model = COMPONENTS["SR-TOD"].into(HOSTS["RetinaNet"])
    # At random weights all colors are drawn near the middle: 64 gray levels off on average.
    model.neck[1].update(as_published=as_published, threshold=64.0)
    detector = trial.build(model)
    trial.total_loss(detector).backward()
    assert (detector.neck[1].gate.threshold.grad.item() == 0) == as_published


def test_half_precision():
    detector = trial.build(COMPONENTS["SR-TOD"].into(HOSTS["RetinaNet"]))
    with torch.autocast("cpu", torch.bfloat16):
        losses = detector.train()(*trial.batch(False), mode="loss")
    assert losses["loss_reconstruction"].dtype == torch.float32
    assert detector.parse_losses(losses)[0].isfinite()


def test_images_without_objects(detector):
    images, samples = trial.batch(False)
    for sample in samples:
        sample.gt_instances = sample.gt_instances[:0]
    losses = detector.train()(images, samples, mode="loss")
    assert detector.parse_losses(losses)[0].isfinite()


def test_a_neck_alone_says_what_it_misses():
    with pytest.raises(ValueError, match="SRTOD: no images .* call the detector"):
        SRTOD(8)((torch.rand(1, 8, 4, 4),))


def test_another_stride_than_the_levels_is_named():
    finest = torch.randn(1, 8, 4, 4)
    with pytest.raises(ValueError, match=r"stride=4 draws \(16, 16\) px of images of \(32, 32\)"):
        neck(finest, torch.rand(1, 3, 32, 32))((finest,))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (dict(stride=6), "stride=6 must be a power of 2"),
        (dict(stride=1), "stride=1 must be a whole number of at least 2"),
        (dict(threshold=300.0), r"threshold=300.0 is outside \[0, 255\)"),
        (dict(loss_weight=-1.0), "loss_weight=-1.0 is outside"),
        (dict(channels=2), "channels=2 must be a whole number of at least 4"),
    ],
)
def test_an_impossible_argument_is_named(options, sentence):
    with pytest.raises(ValueError, match=f"SRTOD: {sentence}"):
        MODELS.build(dict(type="tinydet.SRTOD", **options))
