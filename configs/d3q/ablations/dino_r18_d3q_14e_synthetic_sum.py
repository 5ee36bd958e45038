"""The density is the sum of the objects' Gaussians, which counts crowds."""

_base_ = "../dino_r18_d3q_14e_synthetic.py"

model = dict(bbox_head=dict(density=dict(combine="sum")))
