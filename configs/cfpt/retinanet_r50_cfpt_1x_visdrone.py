"""CFPT on VisDrone. Published (duzw9311/CFPT): AP 22.4."""

_base_ = ["_r50_cfpt_1x.py", "../_base_/datasets/visdrone_mmdet.py"]

model = dict(
    bbox_head=dict(num_classes=_base_.num_classes),
    test_cfg=dict(max_per_img=500),  # what the protocol looks at
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True, type="RepeatDataset", times=5, dataset=_base_.train_dataloader.dataset
    )
)
