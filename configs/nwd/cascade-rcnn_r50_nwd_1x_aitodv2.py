_base_ = ["../cascade_rcnn/cascade-rcnn_r50_fpn_1x_aitodv2.py", "_rpn.py"]

model = _base_.nwd
