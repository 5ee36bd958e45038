"""Parts of DINO's configs."""

from __future__ import annotations

_LEVELS = dict(num_levels=5)
P2 = dict(  # the level of stride 4 beside DINO's four: four times the places
    num_feature_levels=5,
    backbone=dict(out_indices=(0, 1, 2, 3)),
    neck=dict(in_channels=[256, 512, 1024, 2048], num_outs=5),
    encoder=dict(layer_cfg=dict(self_attn_cfg=_LEVELS)),
    decoder=dict(layer_cfg=dict(cross_attn_cfg=_LEVELS)),
)
