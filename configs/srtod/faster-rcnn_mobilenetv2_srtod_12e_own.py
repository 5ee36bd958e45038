_base_ = "../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_own.py"

model = dict(neck=[_base_.model.neck, dict(type="tinydet.SRTOD", channels=64)])
