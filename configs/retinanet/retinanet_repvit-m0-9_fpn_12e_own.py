_base_ = [
    "_repvit-m0-9_fpn.py",
    "../_base_/datasets/own_mmdet.py",
    "../_base_/schedules/adamw_12e.py",
]

model = dict(
    bbox_head=dict(num_classes=_base_.num_classes),
    test_cfg=dict(max_per_img=1500),  # what the protocol looks at, per class
)
train_dataloader = dict(batch_size=4)
