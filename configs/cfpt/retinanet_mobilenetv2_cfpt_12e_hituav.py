_base_ = ["../retinanet/retinanet_mobilenetv2_fpn_12e_hituav.py", "_mobilenetv2_cfpt.py"]

model = dict(neck=dict(_base_.cfpt, num_outs=4))
