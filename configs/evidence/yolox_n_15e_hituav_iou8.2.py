"""The host's loss with the mean weight that SFL has."""

_base_ = "../yolox/yolox_n_15e_hituav.py"
model = dict(bbox_head=dict(loss_bbox=dict(loss_weight=8.2)))
