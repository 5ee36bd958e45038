"""DN-FPN around the necks of detectors: its losses arrive, and nothing else changes."""

import logging

import pytest
import torch
from mmengine.registry import MODELS, DefaultScope
from torch import nn
from torch.utils.data import DataLoader

from tinydet.errors import InputError
from tinydet.models.auxiliary import leave_losses, take_losses
from tinydet.models.necks import DNFPN
from tinydet.testing import trial
from tinydet.testing.hosts import CHANNELS, HOSTS, WIDTH
from tinydet.testing.matrix import COMPONENTS
from tinydet.training.batches import check_batch

NAMES = {"loss_geometry", "loss_semantics"}
FPN = dict(type="mmdet.FPN", in_channels=CHANNELS, out_channels=WIDTH, num_outs=5)


def neck(host=FPN, **options):
    torch.manual_seed(0)
    return DNFPN(host, **options)


def levels(images=2, channels=CHANNELS):
    torch.manual_seed(1)
    return tuple(torch.randn(images, c, 32 >> i, 24 >> i) for i, c in enumerate(channels))


@pytest.fixture(scope="module")
def detector():
    return trial.build(COMPONENTS["DN-FPN"].into(HOSTS["Faster R-CNN"]))


def losses_of(detector, mode=True):
    detector.train(mode)
    return detector(*trial.batch(yolo=False), mode="loss")


def test_its_losses_are_in_the_detector_s_and_the_backbone_runs_once(detector):
    runs = []
    handle = detector.backbone.register_forward_hook(lambda *_: runs.append(1))
    losses = losses_of(detector)
    handle.remove()
    assert runs == [1]  # three times in the authors' detector
    assert losses.keys() >= NAMES | {"loss_rpn_cls", "loss_cls"}
    total, logged = detector.parse_losses(losses)
    assert total.item() == pytest.approx(
        sum(v.item() for name, v in logged.items() if name != "loss" and "loss" in name)
    )
    assert take_losses(detector) == {}  # a step leaves nothing for the next


def test_they_are_weighted_and_are_those_of_the_levels():
    network = neck()
    outputs = network(levels())
    expected = network.contrast(levels(), outputs[:4])
    found = take_losses(network)
    assert found.keys() == NAMES
    for name, loss in expected.items():
        torch.testing.assert_close(found[f"loss_{name}"], 0.01 * loss)


def test_a_prediction_is_the_host_s(detector):
    assert not NAMES & losses_of(detector, mode=False).keys()
    network = neck().eval()
    for found, wanted in zip(network(levels()), network.neck(levels()), strict=True):
        assert torch.equal(found, wanted)


@pytest.mark.parametrize(
    ("more", "of_backbone", "known"),
    [
        (dict(start_level=1), slice(1, 4), CHANNELS[1:]),
        (dict(start_level=1, end_level=2, num_outs=2), slice(1, 3), CHANNELS[1:3]),
    ],
)
def test_pyramids_over_some_levels(more, of_backbone, known):
    network = neck({**FPN, **more})
    assert [layer.in_channels for layer in network.contrast.projections] == known
    outputs = network(levels())
    expected = network.contrast(levels()[of_backbone], outputs[: len(known)])
    torch.testing.assert_close(take_losses(network)["loss_geometry"], 0.01 * expected["geometry"])


def test_a_recursive_pyramid_gets_the_image_before_the_levels():
    image = torch.rand(2, 3, 64, 48)
    assert [x.shape[1] for x in (image, *levels())[neck().levels]] == CHANNELS


def test_the_rest_of_an_epoch_trains_and_is_told_once(caplog):
    network = neck()
    with caplog.at_level(logging.WARNING, logger="mmengine"):
        for _ in range(2):
            outputs = network(levels(images=1))
            losses = take_losses(network)
    assert [loss.item() for loss in losses.values()] == [0, 0]
    sum(level.sum() for level in (*outputs, *losses.values())).backward()
    assert all(weight.grad is not None for weight in network.parameters())


def test_a_loader_of_single_images_is_refused_before_the_first_step(detector):
    words = (
        r"train_dataloader.batch_size=1, but model.neck \(DNFPN\) compares the images of a batch; "
        "write train_dataloader.batch_size=2 or more"
    )
    with pytest.raises(InputError, match=words):
        check_batch(DataLoader(range(4), batch_size=1), detector)
    check_batch(DataLoader(range(4), batch_size=2), detector)
    check_batch(DataLoader(range(4), batch_size=1), detector.backbone)


def test_necks_that_do_not_know_their_channels_are_named():
    unknown = dict(type="mmdet.ChannelMapper", in_channels=CHANNELS, out_channels=WIDTH)
    with pytest.raises(ValueError, match=r"of a ChannelMapper are not known; give in_channels"):
        neck(unknown)
    given = neck(unknown, in_channels=CHANNELS, out_channels=[WIDTH] * 4)
    given(levels())
    assert take_losses(given).keys() == NAMES


@pytest.mark.parametrize("options", [dict(loss_weight=-1), dict(temperature=0.0)])
def test_bad_numbers_are_named(options):
    with pytest.raises(ValueError, match=f"{next(iter(options))}="):
        neck(**options)


def test_two_losses_of_one_name_are_refused():
    model = nn.Sequential(nn.Identity(), nn.Identity())
    for part in model:
        leave_losses(part, dict(loss_own=torch.ones(())))
    with pytest.raises(ValueError, match="1: another part of the model has a loss_own, too"):
        take_losses(model)


def test_it_is_built_in_the_scope_of_the_detector():
    with DefaultScope.overwrite_default_scope("mmdet"):
        built = MODELS.build(dict(type="tinydet.DNFPN", neck={**FPN, "type": "FPN"}))
    assert type(built.neck).__name__ == "FPN"
