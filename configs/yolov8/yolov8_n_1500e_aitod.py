"""As in the rows of LR-Net's tables, 300 detections an image are kept, mmyolo's own number."""

_base_ = ["_model_n.py", "_aitod.py"]

model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
)
