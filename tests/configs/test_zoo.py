"""Every config trains one step and validates once, on two small images in its own format.

`make test` runs a sample of all families, ideas and data sets, `make test-zoo` all configs.
"""

import gc

import pytest
import torch
from config_tree import RUNNABLE, name_of
from mmdet.models.roi_heads.roi_extractors import BaseRoIExtractor
from mmengine.hooks import Hook
from mmengine.runner import Runner

from tinydet.checkpoints import detector_of
from tinydet.configuration import load_config

# Sizes are a quarter of the config's, except where the model sets a limit.
FACTORS = {  # beginning of the name: factor
    "deformable-detr": 0.12,  # time goes with the square of the places in the pyramid
    "ssd": 1,  # the last of its seven levels is 1 x 1 at 512 px, and its anchors know the size
    "cornernet": 0.5,  # at a quarter its coarsest map is 1 x 1, and normalising two values explodes
    "dino_r50-p2": 0.25,
    "dino": 0.4,  # as many places in the pyramid as there are queries, 1,500
}
CANNOT_RUN_ON_CPU: dict[str, str] = {}  # stem: why; nothing so far


class Recorder(Hook):
    """Keep what a run shows: gradients of the step, detections, numbers of the evaluation."""

    def before_train(self, runner):
        self.without_gradient, self.not_finite, self.touched = [], [], 0
        self.samples, self.metrics = [], {}
        names = {id(value): name for name, value in runner.model.named_parameters()}
        runner.optim_wrapper.optimizer.register_step_pre_hook(
            lambda optimizer, *_: self.look_at(optimizer, names)
        )

    def look_at(self, optimizer, names):
        for group in optimizer.param_groups:
            for value in group["params"]:
                if value.requires_grad and value.grad is None:
                    self.without_gradient.append(names[id(value)])
                elif value.grad is not None:
                    self.touched += bool(value.grad.any())
                    if not value.grad.isfinite().all():
                        self.not_finite.append(names[id(value)])

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.samples += outputs

    def after_val_epoch(self, runner, metrics=None):
        self.metrics = metrics


class Strides:
    """Compare the strides that heads and RoI extractors are told with the maps they get."""

    def __init__(self, model):
        self.image, self.wrong, self.compared = (0, 0), [], 0
        model.backbone.register_forward_pre_hook(self.see_image)
        for name, module in model.named_modules():
            strides = getattr(getattr(module, "prior_generator", None), "strides", None)
            if strides is not None:
                self.watch(name, module, [tuple(pair) for pair in strides])
            elif isinstance(module, BaseRoIExtractor):
                self.watch(name, module, [(stride,) * 2 for stride in module.featmap_strides])

    def see_image(self, module, args):
        self.image = args[0].shape[-2:]

    def watch(self, name, module, strides):
        def see_maps(module, args):
            maps = [tuple(level.shape[-2:]) for level in args[0]]
            if isinstance(module, BaseRoIExtractor):  # leaves the coarsest out
                maps = maps[: len(strides)]
            told = [
                tuple(side / stride for side, stride in zip(self.image, pair[::-1], strict=True))
                for pair in strides
            ]
            self.compared += 1
            near = len(maps) == len(told) and all(
                abs(seen - side) < 1
                for level, expected in zip(maps, told, strict=True)
                for seen, side in zip(level, expected, strict=True)
            )
            if not near:
                self.wrong.append(f"{name} is told {strides}, gets {maps} of {self.image}")

        module.register_forward_pre_hook(see_maps)


SAMPLE = {
    # families of detectors, the smallest of each
    "faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic",
    "faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav",
    "cascade_rcnn/cascade-rcnn_r18_fpn_14e_synthetic",
    "retinanet/retinanet_r18_fpn_14e_synthetic",
    "fcos/fcos_r18_fpn_14e_synthetic",
    "centernet/centernet_r18_140e_aitod",
    "deformable_detr/deformable-detr_r50_50e_aitod",
    "yolov3/yolov3_d53_273e_aitod",
    "yolov5/yolov5_n_14e_synthetic",
    "yolov7/yolov7_tiny_300e_aitodv2",
    "yolov10/yolov10_n_14e_synthetic",
    "yolox/yolox_n_14e_synthetic",
    "yolox/yolox_mobilenetv2_300e_own",
    "recipes/tiny_drone",
    # ideas
    "lrnet/lrnet_n_14e_synthetic",
    "sarl/yolox_n_sarl-sfl_14e_synthetic",
    "nwd/faster-rcnn_r18_nwd_14e_synthetic",
    "dotd/faster-rcnn_r18_dotd_14e_synthetic",
    "rka/retinanet_r18_rka_14e_synthetic",
    "rfla/fcos_r18_rfla_14e_synthetic",
    "simd/faster-rcnn_r18_simd_14e_synthetic",
    "d3q/dino_r18_d3q_14e_synthetic",
    "dntr/dntr_r18_14e_synthetic",
    "fsanet/fsanet_r18_14e_synthetic",
    # data sets and their evaluators
    "yolov8/yolov8_n_300e_coco",
    "yolov8/yolov8_n_300e_dotav2",
    "yolov8/yolov8_n_15e_hituav",
    "yolov8/yolov8_n_300e_own",
    "yolov8/yolov8_n_300e_visdrone",
    "yolov8/yolov8_n_300e_voc",
}


def test_the_sample_exists():
    assert {name_of(path) for path in RUNNABLE} >= SAMPLE


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=() if name_of(path) in SAMPLE else pytest.mark.zoo)
        for path in RUNNABLE
    ],
    ids=name_of,
)
def test_trains_a_step_and_validates(path, make_runnable):
    if path.stem in CANNOT_RUN_ON_CPU:
        pytest.skip(CANNOT_RUN_ON_CPU[path.stem])
    if "repvit" in path.stem:
        pytest.importorskip("timm")
    factors = (factor for start, factor in FACTORS.items() if path.stem.startswith(start))
    config = make_runnable(load_config(path), next(factors, 0.25))
    torch.manual_seed(0)
    runner = Runner.from_cfg(config)
    recorder, strides = Recorder(), Strides(runner.model)
    runner.register_hook(recorder)
    runner.train()

    loss = runner.message_hub.get_scalar("train/loss").current()
    assert torch.isfinite(torch.tensor(loss))
    assert recorder.touched
    assert not recorder.not_finite
    assert not recorder.without_gradient, "DistributedDataParallel would stop here"
    assert not strides.wrong
    check_detections(recorder.samples, config)
    assert any("AP" in name for name in recorder.metrics), recorder.metrics
    del runner, recorder, strides
    gc.collect()


def check_detections(samples, config):
    test_cfg = detector_of(config.model).test_cfg
    # mmyolo's YOLOX returns every box that NMS leaves, whatever its max_per_img.
    # Of a sliced detector the limit is that of a tile.
    endless = test_cfg.get("yolox_style", False) or "detector" in config.model
    limit = float("inf") if endless else test_cfg.get("rcnn", test_cfg).max_per_img
    assert len(samples) == 2
    for sample in samples:
        found = sample.pred_instances
        assert 0 < len(found) <= limit
        assert found.bboxes.shape == (len(found), 4)
        assert found.bboxes.isfinite().all()
        assert ((found.scores >= 0) & (found.scores <= 1)).all()
        assert (found.labels < config.num_classes).all()
