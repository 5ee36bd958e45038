"""A small Faster R-CNN from random weights for the synthetic images, to try things on a CPU.

Anchors from 8 px and layers of 64 channels; group normalisation, because a batch of 4 from
random weights is too small for batch normalisation's statistics.
"""

_base_ = [
    "mmdet::_base_/models/faster-rcnn_r50_fpn.py",
    "../_base_/datasets/synthetic_mmdet.py",
    "../_base_/schedules/adamw_14e.py",
    "../_base_/runtime.py",
]

norm_cfg = dict(type="GN", num_groups=16)

model = dict(
    backbone=dict(
        depth=18,
        frozen_stages=-1,
        init_cfg=None,
        base_channels=32,
        norm_cfg=norm_cfg,
        norm_eval=False,
    ),
    neck=dict(in_channels=[32, 64, 128, 256], out_channels=64, norm_cfg=norm_cfg),
    rpn_head=dict(in_channels=64, feat_channels=64, anchor_generator=dict(scales=[2])),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=64, finest_scale=14),
        bbox_head=dict(in_channels=64, fc_out_channels=256, num_classes=_base_.num_classes),
    ),
    test_cfg=dict(rcnn=dict(max_per_img=300)),
)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
