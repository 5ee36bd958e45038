"""YOLOv9-t, YOLOv10-n and YOLO11-n: published sizes, strides, training branches, prediction."""

import copy
import math
from pathlib import Path

import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from torch import nn

pytest.importorskip("mmyolo")

from tinydet.analysis.complexity.profiling import profile
from tinydet.analysis.complexity.subject import deploy
from tinydet.models.detectors import auxiliary_detector
from tinydet.models.layers import LFF

CONFIGS = Path(__file__).parents[3] / "configs"
# Parameters in training and deployed. Published for COCO: YOLOv9-t 2.0 M, YOLOv10-n 2.3 M,
# YOLO11-n 2.6 M (2,624,064 before it is folded).
MODELS_OF = {
    "yolov9/_model_t": (2_905_488, 2_001_824),
    "yolov10/_model_n": (2_775_504, 2_299_248),
    "yolo11/_model_n": (2_624_064, 2_616_232),
}
BOTH_FORMS = ["yolov9/_model_t", "yolov10/_model_n-p2", "yolo11/_model_n-p2"]  # zoo: the others
LFF_OF = {
    "yolov9/_model_t-p2": ("LFFGELAN", "LFFGELANPAFPN"),
    "yolov10/_model_n-p2": ("YOLOv10LFFCSPDarknet", "YOLOv10LFFPAFPN"),
    "yolo11/_model_n-p2": ("YOLO11LFFCSPDarknet", "YOLO11LFFPAFPN"),
}
OBJECTS = torch.tensor([[40.0, 40.0, 56.0, 64.0], [8.0, 8.0, 60.0, 60.0], [9.0, 40.0, 17.0, 49.0]])


def build(name, classes=80, **changes):
    init_default_scope("mmdet")
    torch.manual_seed(0)
    config = Config.fromfile(CONFIGS / f"{name}.py")
    config.merge_from_dict(dict(model=changes))
    config.model.bbox_head.head_module.num_classes = classes
    config.model.train_cfg.assigner.num_classes = classes
    detector = MODELS.build(config.model)
    detector.init_weights()
    return detector


def size_of(network):
    return sum(weight.numel() for weight in network.parameters())


def losses_of(detector, objects=OBJECTS, images=2, side=64):
    """Return the losses of a batch whose first image has the objects and the others none."""
    rows = torch.cat([torch.zeros(len(objects), 2), objects], 1)  # image, class, x1, y1, x2, y2
    meta = dict.fromkeys(("batch_input_shape", "img_shape", "pad_shape"), (side, side))
    samples = dict(bboxes_labels=rows, img_metas=[meta] * images)
    return detector.loss(torch.rand(images, 3, side, side), samples)


def predict(detector, images):
    shape = tuple(images.shape[-2:])
    meta = dict.fromkeys(("img_shape", "ori_shape", "batch_input_shape"), shape)
    samples = [DetDataSample(metainfo=meta | dict(scale_factor=(1.0, 1.0))) for _ in images]
    return [sample.pred_instances for sample in detector.predict(images, samples)]


@pytest.fixture(scope="module", params=BOTH_FORMS)
def named(request):
    return request.param, build(request.param, 3)


@pytest.mark.parametrize("name", MODELS_OF)
def test_published_numbers_of_parameters(name):
    detector = build(name)
    training, deployed = MODELS_OF[name]
    assert size_of(detector) == training
    deploy(detector.eval())
    assert size_of(detector) == deployed


@pytest.mark.parametrize(
    ("name", "published"),
    [
        pytest.param("yolov9/_model_t", 7.7, marks=pytest.mark.zoo),
        pytest.param("yolov10/_model_n", 6.7, marks=pytest.mark.zoo),
        ("yolo11/_model_n", 6.5),
    ],
)
def test_published_operations(name, published):
    config = Config.fromfile(CONFIGS / f"{name}.py")
    config.model.bbox_head.head_module.num_classes = 80
    config.model.train_cfg.assigner.num_classes = 80
    found = profile(config, (640, 640), only=("flops",), deployed=True)
    # The papers count a multiplication and an addition each.
    assert 2 * found.flops / 1e9 == pytest.approx(published, rel=0.01)


def test_strides(named):
    name, detector = named
    levels = detector.extract_feat(torch.rand(1, 3, 64, 128))
    strides = [4, 8, 16, 32] if name.endswith("p2") else [8, 16, 32]
    assert [level.shape[2:] for level in levels] == [(64 // s, 128 // s) for s in strides]
    assert list(detector.bbox_head.prior_generator.strides) == [(s, s) for s in strides]


def test_every_weight_learns_in_mixed_precision(named):
    detector = copy.deepcopy(named[1]).train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = losses_of(detector)
    sum(losses.values()).backward()
    assert all(math.isfinite(loss) for loss in losses.values())
    without = [key for key, weight in detector.named_parameters() if weight.grad is None]
    assert without == []


def test_a_batch_without_objects(named):
    losses = losses_of(named[1].train(), OBJECTS[:0], images=1)
    sum(losses.values()).backward()
    assert all(math.isfinite(loss) for loss in losses.values())
    assert all(not loss for name, loss in losses.items() if not name.endswith("loss_cls"))


@torch.no_grad()
def test_deployed_it_predicts_the_same(named):
    detector, images = copy.deepcopy(named[1]).eval(), torch.rand(3, 3, 64, 96)
    detector.bbox_head.test_cfg.score_thr = -1.0
    before = predict(detector, images)
    deploy(detector)
    for ours, theirs in zip(predict(detector, images), before, strict=True):
        assert 0 < len(ours) <= detector.bbox_head.test_cfg.max_per_img
        best = slice(0, 20)
        torch.testing.assert_close(ours.scores[best], theirs.scores[best], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", LFF_OF)
def test_lff_and_rsiou_plug_in(name):
    backbone, neck = LFF_OF[name]
    detector = build(
        name,
        3,
        backbone=dict(type=f"tinydet.{backbone}"),
        neck=dict(type=f"tinydet.{neck}"),
        bbox_head=dict(
            type="tinydet.YOLOv10Head" if "v10" in name else "tinydet.YOLOv8PixelHead",
            loss_bbox=dict(_delete_=True, type="tinydet.RSIoULoss", reduction="sum"),
        ),
    ).train()
    places = [key for key, module in detector.named_modules() if isinstance(module, LFF)]
    assert places == [
        *(f"backbone.stage{number}.0" for number in (1, 2, 3, 4)),
        *(f"neck.downsample_layers.{number}" for number in (0, 1, 2)),
    ]
    assert math.isfinite(sum(losses_of(detector).values()))


class TestAuxiliaryBranch:
    def test_its_losses_have_a_quarter_of_the_weight_and_reach_the_backbone(self):
        detector = build("yolov9/_model_t", 3).train()
        torch.manual_seed(1)
        losses = losses_of(detector)
        detector.auxiliary_weight = 1.0
        torch.manual_seed(1)
        for key, loss in losses_of(detector).items():
            weight = 0.25 if key.startswith("auxiliary_") else 1
            torch.testing.assert_close(losses[key], weight * loss, rtol=1e-4, atol=1e-6)
        losses["auxiliary_loss_cls"].backward()
        assert detector.backbone.stem.conv.weight.grad.any()
        assert all(weight.grad is None for weight in detector.neck.parameters())

    def test_its_norms_are_synchronized_too(self, monkeypatch):
        monkeypatch.setattr(auxiliary_detector, "get_world_size", lambda: 2)
        kinds = {type(module) for module in build("yolov9/_model_t", 3).modules()}
        assert nn.SyncBatchNorm in kinds
        assert nn.BatchNorm2d not in kinds

    def test_it_sees_the_maps_of_the_neck(self):
        detector = build("yolov9/_model_t-p2", 3)
        features = detector.backbone(torch.rand(1, 3, 64, 64))
        shapes = [level.shape for level in detector.auxiliary_neck(features)]
        assert shapes == [level.shape for level in detector.neck(features)]


class TestTwoMatchings:
    @pytest.fixture
    def head(self):
        return build("yolov10/_model_n", 3).train().bbox_head

    @staticmethod
    def losses_on(head, levels):
        rows = torch.cat([torch.zeros(len(OBJECTS), 2), OBJECTS], 1)
        meta = dict.fromkeys(("batch_input_shape", "img_shape", "pad_shape"), (64, 64))
        return head.loss(levels, dict(bboxes_labels=rows, img_metas=[meta]))

    def test_only_one_to_many_gives_the_features_a_gradient(self, head):
        channels = head.head_module.in_channels
        levels = [
            torch.rand(1, c, 64 // s, 64 // s, requires_grad=True)
            for c, s in zip(channels, (8, 16, 32), strict=True)
        ]
        losses = self.losses_on(head, levels)
        sum(losses[key] for key in losses if key.startswith("one_to_one_")).backward()
        assert all(level.grad is None for level in levels)
        assert all(weight.grad is not None for weight in head.head_module.parameters())
        assert all(weight.grad is None for weight in head.one_to_many.parameters())
        sum(losses[key] for key in losses if not key.startswith("one_to_one_")).backward()
        assert all(level.grad.any() for level in levels)

    def test_the_metric_is_the_same_and_an_object_has_one_prior(self, head):
        one, many = head.assigner, head.one_to_many.assigner
        assert (one.alpha, one.beta, one.use_ciou) == (many.alpha, many.beta, many.use_ciou)
        assert (one.topk, one.one_to_one, many.topk, many.one_to_one) == (1, True, 10, False)
        owned = []
        one.register_forward_hook(lambda _, __, result: owned.append(result))
        levels = [
            torch.rand(1, c, 64 // s, 64 // s)
            for c, s in zip(head.head_module.in_channels, (8, 16, 32), strict=True)
        ]
        self.losses_on(head, levels)
        (result,) = owned
        assert 1 <= result["fg_mask_pre_prior"].sum() <= len(OBJECTS)

    def test_an_assigner_that_cannot_match_one_to_one(self):
        changes = dict(assigner=dict(type="mmyolo.BatchTaskAlignedAssigner"))
        with pytest.raises(ValueError, match="cannot match one to one; use 'tinydet.TaskAligned"):
            build("yolov10/_model_n", 3, train_cfg=changes)

    def test_as_published(self):
        head = build("yolov10/_model_n", 3, bbox_head=dict(as_published=True)).bbox_head
        assert (head.assigner.topk, head.assigner.one_to_one) == (1, False)

    @torch.no_grad()
    def test_detections_are_the_best_pairs_without_nms(self):
        detector = build("yolov10/_model_n", 3).eval()
        detector.test_cfg.update(score_thr=-1.0, max_per_img=50)
        images = torch.rand(2, 3, 64, 64)
        classes, _ = detector.bbox_head(detector.extract_feat(images))
        scores = torch.cat([level.flatten(1) for level in classes], 1).sigmoid()
        for found, every in zip(predict(detector, images), scores, strict=True):
            torch.testing.assert_close(found.scores, every.topk(50).values)
