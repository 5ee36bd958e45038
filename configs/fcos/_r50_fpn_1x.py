"""FCOS with the settings of RFLA's repository (docs/baselines.md): 0.005 for a batch of 2.

Its head has no normalization, samples the centers of objects and learns boxes by DIoU. The warm-up
is 10,000 steps of two images.
"""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::fcos/fcos_r50-caffe_fpn_gn-head_1x_coco.py",
    bbox_head=dict(
        norm_cfg=None,
        conv_bias=True,
        norm_on_bbox=True,
        centerness_on_reg=True,
        center_sampling=True,
        loss_bbox=dict(type="DIoULoss"),
    ),
    test_cfg=dict(nms_pre=3000, max_per_img=3000),
)
optim_wrapper = dict(
    optimizer=dict(lr=0.005),
    paramwise_cfg=dict(bias_lr_mult=2.0, bias_decay_mult=0.0),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(type="ConstantLR", factor=1 / 3, by_epoch=False, begin=0, end_images=20_000),
    _base_.steps,
]
auto_scale_lr = dict(base_batch_size=2)
