"""FSANet: AlignFPN and AlignHead on FCOS with Swin-T, P3-P5; 24 epochs, 1e-4 for a batch of 8.

The authors' config for Swin-T keeps ResNet's in_channels and cannot run; docs/baselines.md.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.runtime import *
from tinydet.recipes.upstream import upstream_model

swin_t = upstream_model("mmdet::swin/retinanet_swin-t-p4-w7_fpn_1x_coco.py")["backbone"]
swin_t.update(
    convert_weights=False,  # the file has OpenMMLab's names
    init_cfg=dict(type="Pretrained", checkpoint="tinydet://swin_tiny"),
)

model = upstream_model(
    "mmdet::fcos/fcos_r50-caffe_fpn_gn-head_1x_coco.py",
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True
    ),
    backbone=dict(_delete_=True, **swin_t),
    neck=dict(_delete_=True, type="tinydet.AlignFPN", in_channels=[192, 384, 768]),
    bbox_head=dict(
        type="tinydet.AlignHead",
        stacked_convs=3,
        strides=[8, 16, 32],
        regress_ranges=((-1, 64), (64, 128), (128, 1e8)),
    ),
    test_cfg=dict(
        nms_pre=3000,
        score_thr=0.1,
        nms=dict(type="soft_nms"),
        max_per_img=1500,
    ),
)

max_epochs = 24
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=12)
no_decay = dict(decay_mult=0.0)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-4, betas=(0.9, 0.999), weight_decay=0.05),
    paramwise_cfg=dict(custom_keys=dict(relative_position_bias_table=no_decay, norm=no_decay)),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=1 / 3, by_epoch=False, begin=0, end=500),
    dict(
        type="MultiStepLR", by_epoch=True, begin=0, end=max_epochs, milestones=[16, 22], gamma=0.1
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=8)
