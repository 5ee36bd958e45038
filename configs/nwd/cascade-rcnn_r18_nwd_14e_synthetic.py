_base_ = ["../cascade_rcnn/cascade-rcnn_r18_fpn_14e_synthetic.py", "_rpn.py"]

model = _base_.nwd
