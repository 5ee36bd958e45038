_base_ = ["../../faster_rcnn/faster-rcnn_r50_fpn_1x_aitod.py", "../_rpn.py"]
model = _base_.nwd
model.train_cfg.rpn.assigner.min_pos_iou = 0
