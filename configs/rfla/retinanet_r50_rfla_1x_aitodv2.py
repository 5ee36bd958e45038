_base_ = ["../retinanet/retinanet_r50_fpn_1x_aitodv2.py", "_retinanet.py"]

model = _base_.rfla
param_scheduler = [_base_.rfla_warm_up, _base_.param_scheduler[-1]]
