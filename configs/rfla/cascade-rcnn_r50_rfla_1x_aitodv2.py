_base_ = ["../cascade_rcnn/cascade-rcnn_r50_fpn_1x_aitodv2.py", "_rfla.py"]

model = _base_.rfla.rpn
optim_wrapper = dict(optimizer=dict(lr=0.005))
auto_scale_lr = dict(base_batch_size=2)
param_scheduler = [_base_.rfla.warm_up, _base_.steps]
