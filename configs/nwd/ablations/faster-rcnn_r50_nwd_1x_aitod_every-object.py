_base_ = ["../../faster_rcnn/faster-rcnn_r50_fpn_1x_aitod.py", "../_rpn.py"]
model = dict(
    _base_.nwd,
    train_cfg=dict(
        _base_.nwd.train_cfg,
        rpn=dict(assigner=dict(_base_.nwd.train_cfg.rpn.assigner, min_pos_iou=0)),
    ),
)
