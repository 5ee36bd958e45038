"""The density is the sum of the objects' Gaussians, which counts crowds."""

_base_ = "../dino_r50-p2_d3q_24e_aitod.py"

model = dict(bbox_head=dict(density=dict(combine="sum")))
