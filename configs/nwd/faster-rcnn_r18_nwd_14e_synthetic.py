_base_ = ["../faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py", "_rpn.py"]

model = _base_.nwd
