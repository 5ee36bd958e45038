"""NWD trains on four GPUs with two images each, a batch of 8."""

_base_ = ["../cascade_rcnn/cascade-rcnn_r50_fpn_1x_aitodv2.py", "_rpn.py"]

model = _base_.nwd
auto_scale_lr = dict(base_batch_size=8)
