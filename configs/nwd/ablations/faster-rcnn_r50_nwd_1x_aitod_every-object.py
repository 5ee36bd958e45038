_base_ = "../faster-rcnn_r50_nwd_1x_aitod.py"
model = dict(train_cfg=dict(rpn=dict(assigner=dict(min_pos_iou=0))))
