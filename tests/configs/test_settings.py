"""What the sources of the configs state (docs/baselines.md), against the config as it is merged."""

from pathlib import Path

import pytest

from tinydet.configuration import load_config

CONFIGS = Path(__file__).parents[2] / "configs"
RPN, PROPOSALS = "model.train_cfg.rpn", "model.train_cfg.rpn_proposal"
RATE, BATCH = "optim_wrapper.optimizer.lr", "auto_scale_lr.base_batch_size"
WARM_UP = "param_scheduler.0.end"
SETTINGS = {
    "faster_rcnn/faster-rcnn_r50_fpn_1x_aitod": {
        RATE: 0.01,
        BATCH: 8,
        WARM_UP: 500,
        "param_scheduler.1.milestones": [8, 11],
        "model.rpn_head.anchor_generator.scales": [8],
        f"{RPN}.allowed_border": -1,
        f"{RPN}.assigner.gpu_assign_thr": 1024,
        f"{PROPOSALS}.nms_pre": 3000,
        "model.test_cfg.rpn.max_per_img": 3000,
        "model.test_cfg.rcnn.max_per_img": 3000,
    },
    "faster_rcnn/faster-rcnn_r50_fpn_1x_voc": {  # mmdet's 0.01 at batch 16, a step at 3 of 4
        RATE: 0.005,
        BATCH: 8,
        "param_scheduler.0.milestones": [9],
    },
    "cascade_rcnn/cascade-rcnn_r50_fpn_1x_aitod": {
        f"{RPN}.allowed_border": 0,
        "model.roi_head.stage_loss_weights": [1, 0.5, 0.25],
        "model.rpn_head.loss_bbox.beta": 1 / 9,
    },
    "detectors/detectors_r50_1x_aitod": {WARM_UP: 2000, f"{RPN}.allowed_border": 0},
    "detectors/detectors_r50_1x_aitodv2": {WARM_UP: 5000},
    "rfla/detectors_r50_rfla_1x_aitodv2": {RATE: 0.01, BATCH: 8, WARM_UP: 5000},
    "retinanet/retinanet_r50_fpn_1x_aitod": {RATE: 0.005, "model.test_cfg.nms_pre": 3000},
    "fcos/fcos_r50_fpn_1x_aitod": {
        RATE: 0.005,
        WARM_UP: 10000,
        "model.bbox_head.norm_cfg": None,
        "model.bbox_head.norm_on_bbox": True,
        "model.bbox_head.centerness_on_reg": True,
        "model.bbox_head.center_sampling": True,
        "model.bbox_head.loss_bbox.type": "DIoULoss",
        "model.test_cfg.nms.iou_threshold": 0.5,
    },
    "fcos/fcos_r50_fpn-p2_1x_aitodv2": {
        "model.bbox_head.strides": [4, 8, 16, 32, 64],
        "model.bbox_head.loss_bbox.type": "GIoULoss",
    },
    "rfla/fcos-p2_r50_rfla_1x_aitodv2": {
        "model.bbox_head.norm_cfg": None,
        "model.bbox_head.loss_bbox.type": "tinydet.DIoULoss",
    },
    "atss/atss_r50_fpn_1x_aitod": {
        RATE: 0.0025,
        BATCH: 2,
        WARM_UP: 2000,
        "model.test_cfg.nms.iou_threshold": 0.6,
        "model.bbox_head.loss_bbox.loss_weight": 2.0,
    },
    "tridentnet/tridentnet_r50-caffe_1x_aitod": {
        f"{PROPOSALS}.nms_pre": 12000,
        f"{PROPOSALS}.max_per_img": 2000,
        "model.test_cfg.rpn.nms_pre": 6000,
        "model.test_cfg.rpn.max_per_img": 3000,
    },
    "nwd/detectors_r50_nwd_1x_aitod": {
        f"{RPN}.assigner.constant": 12.8,
        f"{PROPOSALS}.nms.iou_threshold": 0.85,
        "model.rpn_head.loss_bbox.loss_weight": 5.0,
    },
    "rka/cascade-rcnn_r50_rka_1x_aitodv2": {f"{RPN}.assigner.topk": 3},
    "simd/faster-rcnn_r50_simd_1x_visdrone": {RATE: 0.005, BATCH: 2},
    "lrnet/lrnet_n_aitod": {
        RATE: 0.01,
        BATCH: 4,
        "train_cfg.max_epochs": 1500,
        "model.bbox_head.loss_cls.loss_weight": 0.5,
        "model.bbox_head.loss_bbox.loss_weight": 7.5,
    },
}


def value_at(node, path):
    for key in path.split("."):
        node = node[int(key)] if key.isdigit() else node[key]
    return node


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_those_of_the_source(name):
    config = load_config(CONFIGS / f"{name}.py")
    expected = SETTINGS[name]
    assert {path: value_at(config, path) for path in expected} == expected
