"""A small DINO from random weights for the synthetic images; see faster_rcnn/.

Strides 8 to 32, one layer in the encoder and two in the decoder, 180 queries for some 20 objects
an image, of which the densest has 61. mmdet's DINO needs 256 channels whatever its size.
"""

_base_ = ["../_base_/datasets/synthetic_mmdet.py", "../_base_/schedules/adamw_14e.py"]

from tinydet.recipes.upstream import upstream_model

norm_cfg = dict(type="GN", num_groups=16)
levels = dict(num_levels=3)
ffn_cfg = dict(feedforward_channels=256)

model = upstream_model(
    "mmdet::dino/dino-4scale_r50_8xb2-24e_coco.py",
    num_queries=180,
    num_feature_levels=3,
    backbone=dict(
        depth=18,
        frozen_stages=-1,
        init_cfg=None,
        base_channels=32,
        norm_cfg=norm_cfg,
        norm_eval=False,
    ),
    neck=dict(in_channels=[64, 128, 256], num_outs=3),
    encoder=dict(num_layers=1, layer_cfg=dict(self_attn_cfg=levels, ffn_cfg=ffn_cfg)),
    decoder=dict(num_layers=2, layer_cfg=dict(cross_attn_cfg=levels, ffn_cfg=ffn_cfg)),
    bbox_head=dict(num_classes=_base_.num_classes),
)
optim_wrapper = dict(optimizer=dict(lr=5e-4), clip_grad=dict(max_norm=0.1))
