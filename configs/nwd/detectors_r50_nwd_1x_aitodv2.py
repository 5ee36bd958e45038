"""NWD trains on four GPUs with two images each, a batch of 8."""

_base_ = ["../detectors/detectors_r50_1x_aitodv2.py", "_rpn.py"]

model = _base_.nwd
model.rpn_head.loss_bbox.loss_weight = 5.0
auto_scale_lr = dict(base_batch_size=8)
