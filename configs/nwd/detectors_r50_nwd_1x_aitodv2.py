_base_ = ["../detectors/detectors_r50_1x_aitodv2.py", "_rpn.py"]

model = _base_.nwd
model.rpn_head.loss_bbox.loss_weight = 5.0
