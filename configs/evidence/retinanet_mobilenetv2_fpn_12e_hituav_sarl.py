_base_ = "../retinanet/retinanet_mobilenetv2_fpn_12e_hituav.py"
model = dict(neck=[dict(type="tinydet.SARL", in_channels=[24, 32, 96, 1280]), _base_.model.neck])
