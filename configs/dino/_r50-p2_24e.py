"""DINO with the level of stride 4, five in all: four times the places of _r50_24e.py."""

_base_ = "_r50_24e.py"

levels = dict(num_levels=5)
model = dict(
    num_feature_levels=5,
    backbone=dict(out_indices=(0, 1, 2, 3)),
    neck=dict(in_channels=[256, 512, 1024, 2048], num_outs=5),
    encoder=dict(layer_cfg=dict(self_attn_cfg=levels)),
    decoder=dict(layer_cfg=dict(cross_attn_cfg=levels)),
)
