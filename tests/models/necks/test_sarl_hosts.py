"""SARL in five stock detectors: unchanged start, budget, odd sizes, traces, pretrained necks."""

import copy

import pytest
import torch
from mmengine import Config
from mmengine.registry import MODELS, init_default_scope
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tinydet.compat import has_mmyolo

RESNET = dict(in_channels=[256, 512, 1024, 2048])
P3_UP = RESNET | dict(start_level=1)  # as RetinaNet's FPN
SMALL = dict(in_channels=[128, 256, 512])
NANO = dict(in_channels=[64, 128, 256])
HOSTS = {
    "Faster R-CNN R-50": ("mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py", RESNET),
    "RetinaNet R-50": ("mmdet::retinanet/retinanet_r50_fpn_1x_coco.py", P3_UP),
    "YOLOv5-s": ("mmyolo::yolov5/yolov5_s-v61_syncbn_fast_8xb16-300e_coco.py", SMALL),
    "YOLOX-s": ("mmyolo::yolox/yolox_s_fast_8xb8-300e_coco.py", SMALL),
    "YOLOv8-n": ("mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py", NANO),
}


class Features(nn.Module):
    """Backbone and necks of a detector: what a trace can follow."""

    def __init__(self, detector):
        super().__init__()
        self.detector = detector

    def forward(self, images):
        return self.detector.extract_feat(images)


def multiplications(detector):
    """Count those of backbone and neck; a head would only make the relay's share smaller."""
    with FlopCounterMode(display=False) as counter:
        detector.extract_feat(torch.rand(1, 3, 128, 128))
    return counter.get_total_flops()


def build(base, relay=None):
    init_default_scope(base.partition("::")[0])
    model = Config.fromstring(f"_base_ = {base!r}", ".py").model
    model.backbone.init_cfg = None
    if relay:
        model.neck = [dict(type="tinydet.SARL", **relay), model.neck]
    torch.manual_seed(0)
    return MODELS.build(model)


@pytest.fixture(scope="module", params=HOSTS)
def pair(request):
    """A host, and the same host with SARL and the host's weights."""
    base, relay = HOSTS[request.param]
    if base.startswith("mmyolo") and not has_mmyolo():
        pytest.skip("mmyolo is not installed")
    plain, relayed = build(base), build(base, relay)
    state = {
        key.replace("neck.", "neck.1.", 1) if key.startswith("neck.") else key: value
        for key, value in plain.state_dict().items()
    }
    missing, unexpected = relayed.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(key.startswith("neck.0.") for key in missing)
    yield plain.eval(), relayed.eval()
    init_default_scope("mmengine")


@torch.no_grad()
def test_a_pretrained_host_starts_unchanged(pair):
    images = torch.rand(1, 3, 64, 96)
    before, after = (detector.extract_feat(images) for detector in pair)
    assert all(torch.equal(*maps) for maps in zip(before, after, strict=True))


@torch.no_grad()
def test_parameters_and_flops_are_within_the_budget(pair):
    plain, relayed = (sum(p.numel() for p in detector.parameters()) for detector in pair)
    assert plain < relayed <= 1.10 * plain
    plain, relayed = (multiplications(detector) for detector in pair)
    assert plain < relayed <= 1.15 * plain


@torch.no_grad()
def test_a_trace_gives_the_same_numbers(pair):
    network, images = Features(pair[1]), torch.rand(1, 3, 64, 64)
    trace = torch.jit.trace(network, images, check_trace=False)
    for traced, output in zip(trace(images), network(images), strict=True):
        torch.testing.assert_close(traced, output)


def test_all_of_the_relay_trains_over_frozen_stages_in_mixed_precision(pair):
    relayed = copy.deepcopy(pair[1]).train()  # whose statistics are then other ones
    relayed.backbone.frozen_stages = 2
    relayed.backbone.train()
    # YOLOX's Focus wants even sizes, and PAFPN enlarges by exactly 2.
    size = (65, 97) if type(relayed.neck[1]).__name__ == "FPN" else (64, 96)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        features = relayed.extract_feat(torch.rand(2, 3, *size))
    sum(level.float().square().mean() for level in features).backward()
    relay = relayed.neck[0]
    assert all(layer.norm.weight.grad.any() for layer in relay.enhancements)
    assert all(torch.isfinite(parameter.grad).all() for parameter in relay.parameters())


def test_the_neck_starts_from_a_detector_trained_without_the_relay(tmp_path):
    pytest.importorskip("mmdet")
    fpn = dict(type="mmdet.FPN", in_channels=[4, 8], out_channels=4, num_outs=2)
    trained = {f"neck.{key}": value for key, value in MODELS.build(fpn).state_dict().items()}
    torch.save(trained, tmp_path / "plain.pth")
    fpn["init_cfg"] = dict(
        type="Pretrained", checkpoint=str(tmp_path / "plain.pth"), prefix="neck."
    )
    neck = MODELS.build([dict(type="tinydet.SARL", in_channels=[4, 8]), fpn])
    neck.init_weights()
    for key, value in neck[1].state_dict().items():
        assert torch.equal(value, trained[f"neck.{key}"])
    assert not any(layer.norm.weight.any() for layer in neck[0].enhancements)
