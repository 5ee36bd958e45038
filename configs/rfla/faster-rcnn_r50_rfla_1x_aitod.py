_base_ = ["../faster_rcnn/faster-rcnn_r50_fpn_1x_aitod.py", "_rpn.py"]

model = _base_.rfla
param_scheduler = [_base_.rfla_warm_up, _base_.param_scheduler[-1]]
