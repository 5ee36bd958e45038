"""The rate is the host's by the linear rule: RFLA has no run on Pascal VOC."""

_base_ = ["../faster_rcnn/faster-rcnn_r50_fpn_1x_voc.py", "_rfla.py"]

model = _base_.rfla.rpn
optim_wrapper = dict(optimizer=dict(lr=0.00125))
auto_scale_lr = dict(base_batch_size=2)
param_scheduler = [_base_.rfla.warm_up, *_base_.param_scheduler]
