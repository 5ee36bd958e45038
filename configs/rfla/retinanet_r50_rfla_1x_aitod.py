_base_ = ["../retinanet/retinanet_r50_fpn_1x_aitod.py", "_rfla.py"]

model = _base_.rfla.retinanet
auto_scale_lr = dict(base_batch_size=2)
param_scheduler = [_base_.rfla.warm_up, _base_.steps]
