_base_ = "../retinanet/retinanet_mobilenetv2_fpn_12e_hituav.py"

model = dict(neck=[_base_.model.neck, dict(type="tinydet.SRTOD", channels=64)])
