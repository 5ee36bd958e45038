"""What the sources of the configs state (docs/baselines.md), against the config as it is merged."""

import pytest
from config_tree import CONFIGS

RPN, PROPOSALS = "model.train_cfg.rpn", "model.train_cfg.rpn_proposal"
RATE, BATCH = "optim_wrapper.optimizer.lr", "auto_scale_lr.base_batch_size"
WARM_UP, IN_IMAGES = "param_scheduler.0.end", "param_scheduler.0.end_images"
RFLA = {RATE: 0.005, BATCH: 2, IN_IMAGES: 10_000}
CONSTANT = f"{RPN}.assigner.constant"
LOSS, DOWN = "model.bbox_head.loss_bbox", "down_cfg"
DNTR = {
    RATE: 0.001,
    BATCH: 2,
    IN_IMAGES: 10_000,
    f"{RPN}.assigner.topk": 3,
    f"{RPN}.allowed_border": 0,
    f"{PROPOSALS}.max_per_img": 3000,
}
RELEASE = {
    "model.init_cfg.checkpoint": "tinydet://yolov8_n_coco",
    f"model.backbone.{DOWN}": dict(kernel_size=3, attention=None),
    "model.neck.type": "tinydet.LFFPAFPN",
    f"model.neck.{DOWN}": dict(kernel_size=3, attention=None),
    f"{LOSS}.center_distance": False,
    f"{LOSS}.focal": None,
    f"{LOSS}.alpha": 1,
    f"{LOSS}.loss_weight": 7.5,
    "model.test_cfg.max_per_img": 300,
    RATE: 0.01,
    "val_evaluator.type": "tinydet.AITODMetric",
}
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
        RATE: 0.01,
        BATCH: 4,
        f"{RPN}.allowed_border": 0,
        "model.roi_head.stage_loss_weights": [1, 0.5, 0.25],
        "model.rpn_head.loss_bbox.beta": 1 / 9,
    },
    "detectors/detectors_r50_1x_aitod": {WARM_UP: 2000, f"{RPN}.allowed_border": 0},
    "detectors/detectors_r50_1x_aitodv2": {RATE: 0.01, BATCH: 4, WARM_UP: 5000},
    "rfla/faster-rcnn_r50_rfla_1x_aitod": RFLA,
    "rfla/faster-rcnn_r50_rfla_1x_dotav2": {**RFLA, f"{RPN}.assigner.topk": (2, 1)},
    "rfla/faster-rcnn_r50_rfla_1x_visdrone": RFLA,
    "rfla/faster-rcnn_r50_rfla_1x_coco": {**RFLA, RATE: 0.0025},  # mmdet's, by the linear rule
    "rfla/faster-rcnn_r50_rfla_1x_voc": {**RFLA, RATE: 0.00125},
    "rfla/cascade-rcnn_r50_rfla_1x_aitodv2": RFLA,
    "rfla/detectors_r50_rfla_1x_aitodv2": RFLA,
    "rfla/retinanet_r50_rfla_1x_aitod": RFLA,
    "rfla/fcos_r50_rfla_1x_aitodv2": {**RFLA, IN_IMAGES: 20_000},
    "retinanet/retinanet_r50_fpn_1x_aitod": {RATE: 0.005, BATCH: 4, "model.test_cfg.nms_pre": 3000},
    "fcos/fcos_r50_fpn_1x_aitod": {
        RATE: 0.005,
        BATCH: 2,
        IN_IMAGES: 20_000,
        "model.bbox_head.norm_cfg": None,
        "model.bbox_head.norm_on_bbox": True,
        "model.bbox_head.centerness_on_reg": True,
        "model.bbox_head.center_sampling": True,
        "model.bbox_head.loss_bbox.type": "DIoULoss",
        "model.test_cfg.nms.iou_threshold": 0.5,
    },
    "fcos/fcos_r50-p2_fpn_1x_aitodv2": {
        "model.bbox_head.strides": [4, 8, 16, 32, 64],
        "model.bbox_head.loss_bbox.type": "GIoULoss",
    },
    "rfla/fcos_r50-p2_rfla_1x_aitodv2": {
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
    "centernet/centernet_dla34_140e_aitod": {
        "optim_wrapper.optimizer": dict(type="Adam", lr=5e-4),
        BATCH: 128,
        "param_scheduler.0.milestones": [18, 24],  # of five passes: 90 and 120
        "train_dataloader.dataset.times": 5,
        "model.bbox_head.feat_channels": 256,
    },
    "cfpt/retinanet_r50_cfpt_1x_visdrone": {
        RATE: 0.0025,
        BATCH: 2,
        "optim_wrapper.clip_grad.max_norm": 10,
        "train_dataloader.dataset.times": 5,
        "img_scale": (1333, 800),
        "model.test_cfg.max_per_img": 500,
        "model.test_cfg.nms_pre": 1000,
    },
    "srtod/cascade-rcnn_r50_srtod_1x_aitod": {
        RATE: 0.01,
        BATCH: 2,
        "model.neck.1.threshold": 3.0,
        "model.rpn_head.anchor_generator.scales": [4],
    },
    "srtod/cascade-rcnn_r50_srtod_1x_visdrone": {
        "model.neck.1.threshold": 4.0,
        "model.rpn_head.anchor_generator.scales": [6],
    },
    "remdet/remdet_x_300e_visdrone": {
        RATE: 0.01,
        BATCH: 64,
        "model.backbone.widen_factor": 1.25,
        "model.neck.in_channels": [256, 512, 768],
        "default_hooks.param_scheduler.warmup_epochs": 10,
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
    "nwd/cascade-rcnn_r50_nwd_1x_aitod": {RATE: 0.01, BATCH: 8, CONSTANT: 12.8},
    "rka/faster-rcnn_r50_rka_1x_aitod": {RATE: 0.01, BATCH: 4, CONSTANT: 12.7},
    "rka/cascade-rcnn_r50_rka_1x_aitodv2": {RATE: 0.01, BATCH: 4, f"{RPN}.assigner.topk": 3},
    "rka/detectors_r50_rka_1x_aitodv2": {RATE: 0.01, BATCH: 4, WARM_UP: 5000},
    "rka/retinanet_r50_rka_1x_aitodv2": {RATE: 0.005, BATCH: 4},
    # 12 px in tests/conftest.py, on images of 128 px that become 800, 800, 600 and 1024
    "rka/faster-rcnn_r50_rka_1x_coco": {CONSTANT: 75.0},
    "rka/faster-rcnn_r50_rka_1x_visdrone": {CONSTANT: 75.0, RATE: 0.01, BATCH: 4},
    "rka/faster-rcnn_r50_rka_1x_voc": {CONSTANT: 56.25},
    "rka/faster-rcnn_r50_rka_1x_dotav2": {CONSTANT: 96.0, RATE: 0.01, BATCH: 4},
    "d3q/dino_r50-p2_d3q_24e_aitodv2": {
        RATE: 1e-4,
        BATCH: 2,
        "optim_wrapper.clip_grad.max_norm": 0.1,
        "optim_wrapper.paramwise_cfg.custom_keys.backbone.lr_mult": 0.1,
        "param_scheduler.0.milestones": [20],
        "model.num_queries": 2000,
        "model.num_feature_levels": 5,
        "model.neck.num_outs": 5,
        "model.decoder.layer_cfg.cross_attn_cfg.num_levels": 5,
        "model.train_cfg.assigner.match_costs.0.type": "ClassificationCost",
        "model.train_cfg.proposal_assigner.match_costs.0.weight": 2.0,
        f"{LOSS}.type": "tinydet.TinyL1Loss",
        "model.bbox_head.loss_iou.loss_weight": 2.0,
        "test_dataloader.dataset.pipeline.1.scale": (800, 800),
    },
    "dotd/faster-rcnn_r50_dotd_1x_aitodv2": {RATE: 0.01, BATCH: 4, CONSTANT: 12.7},
    "cfinet/cfinet_r50_fpn_1x_sodad": {
        RATE: 0.01,
        BATCH: 4,
        "optim_wrapper.paramwise_cfg.custom_keys": {"roi_head.imitation.embed": dict(lr_mult=0.05)},
        "model.neck.num_outs": 4,
        f"{RPN}.0.assigner.base_size": 18,  # 12 px of tiles of 800 px at 1200 px
        "model.rpn_head.stages.0.loss_bbox.loss_weight": 9,
        "model.rpn_head.stages.1.loss_cls.loss_weight": 0.9,
        "model.rpn_head.stages.1.anchor_generator.scales": [2],
        f"{PROPOSALS}.nms.iou_threshold": 0.8,
        f"{PROPOSALS}.max_per_img": 300,
        "model.test_cfg.rpn.nms.iou_threshold": 0.5,
        "model.test_cfg.rcnn.max_per_img": 100,
        "test_evaluator.whole_ann_file": "data/SODA-D/rawData/Annotations/test.json",
    },
    "cfinet/cfinet_r50_fpn_1x_aitod": {
        BATCH: 4,
        f"{RPN}.0.assigner.base_size": 12,
        f"{PROPOSALS}.nms_pre": 3000,
        "model.test_cfg.rpn.max_per_img": 300,
        "model.test_cfg.rcnn.max_per_img": 3000,
    },
    "simd/faster-rcnn_r50_simd_1x_visdrone": {RATE: 0.005, BATCH: 2},
    "simd/faster-rcnn_r50_simd_1x_aitodv2": {f"{RPN}.assigner.min_pos_iou": 0},
    "dntr/dntr_r50_36e_aitod": {
        **DNTR,
        "train_cfg.max_epochs": 36,
        "param_scheduler.1.milestones": [24, 33],
        "model.neck.neck.type": "RFP",
        "model.roi_head.bbox_head.2.bbox_coder.target_stds": [0.033, 0.033, 0.067, 0.067],
    },
    "dntr/dntr_r50_48e_aitod": {
        **DNTR,
        "train_cfg.max_epochs": 48,
        "param_scheduler.1.milestones": [32, 44],
    },
    "dntr/dntr_r50_36e_aitodv2": {**DNTR, RATE: 0.01},
    "dntr/dntr_r50_1x_visdrone": {
        RATE: 0.01,
        BATCH: 2,
        IN_IMAGES: 4_000,
        "train_cfg.max_epochs": 12,
        CONSTANT: 75.0,
    },
    "dntr/atss_r50_dnfpn_36e_aitod": {RATE: 0.002, BATCH: 2, "train_cfg.max_epochs": 36},
    "fsanet/fsanet_swin-t_24e_aitod": {
        RATE: 1e-4,
        BATCH: 8,
        "train_dataloader.batch_size": 4,
        "param_scheduler.1.milestones": [16, 22],
        "optim_wrapper.clip_grad.max_norm": 35,
        "optim_wrapper.optimizer.weight_decay": 0.05,
        "model.neck.in_channels": [192, 384, 768],
        "model.backbone.out_indices": (1, 2, 3),
        "model.bbox_head.stacked_convs": 3,
        "model.test_cfg.nms.type": "soft_nms",
        "model.test_cfg.score_thr": 0.1,
    },
    "sarl/yolox_s_sarl-sfl_300e_aitod": {
        BATCH: 8,
        "train_dataloader.batch_size": 4,
        f"{LOSS}.l1_weight": 0,
    },
    "lrnet/lrnet_n_release_1500e_aitod": {**RELEASE, BATCH: 4, "train_cfg.max_epochs": 1500},
    "lrnet/lrnet_n_release_300e_visdrone_aitod-metric": {
        **RELEASE,
        BATCH: 8,
        "train_cfg.max_epochs": 300,
        "train_dataloader.batch_size": 8,
    },
    "lrnet/ablations/lrnet_n_1500e_aitod_rsiou-constant2": {f"{LOSS}.constant": 2},
    "lrnet/ablations/lrnet_n_1500e_aitod_rsiou-alpha-on-iou": {f"{LOSS}.alpha_on_iou": True},
    "lrnet/lrnet_n_1500e_aitod": {
        RATE: 0.01,
        BATCH: 4,
        "train_cfg.max_epochs": 1500,
        "model.bbox_head.loss_cls.loss_weight": 0.5,
        "model.bbox_head.loss_bbox.loss_weight": 7.5,
        "model.test_cfg.max_per_img": 300,
    },
}


def value_at(node, path):
    for key in path.split("."):
        node = node[int(key)] if key.isdigit() else node[key]
    return node


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_those_of_the_source(name, loaded):
    config = loaded(CONFIGS / f"{name}.py")
    expected = SETTINGS[name]
    assert {path: value_at(config, path) for path in expected} == expected
