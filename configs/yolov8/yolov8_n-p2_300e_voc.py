_base_ = ["_model_n_p2.py", "_voc.py"]

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
)
