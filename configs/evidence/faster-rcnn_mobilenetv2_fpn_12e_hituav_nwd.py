_base_ = ["../faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py", "../nwd/_rpn.py"]
model = _base_.nwd
