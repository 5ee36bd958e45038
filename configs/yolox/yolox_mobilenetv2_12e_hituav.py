_base_ = [
    "_mobilenetv2.py",
    "../_base_/datasets/hituav_mmyolo.py",
    "../_base_/schedules/adamw_12e.py",
]

model = dict(bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)))
train_dataloader = dict(batch_size=4)
