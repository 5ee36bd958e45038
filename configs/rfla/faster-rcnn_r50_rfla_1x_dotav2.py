"""On DOTA-v2.0 an object takes two anchors in RFLA's first stage."""

_base_ = ["../faster_rcnn/faster-rcnn_r50_fpn_1x_dotav2.py", "_rfla.py"]

model = _base_.rfla.rpn
model.train_cfg.rpn.assigner.topk = (2, 1)
optim_wrapper = dict(optimizer=dict(lr=0.005))
auto_scale_lr = dict(base_batch_size=2)
param_scheduler = [_base_.rfla.warm_up, _base_.steps]
