_base_ = ["../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py", "_mobilenetv2_cfpt.py"]

model = dict(neck=_base_.cfpt)
