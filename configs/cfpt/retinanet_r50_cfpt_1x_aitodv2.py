"""CFPT on AI-TOD-v2, five passes an epoch as on VisDrone; not published there."""

_base_ = ["_r50_cfpt_1x.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(
    bbox_head=dict(num_classes=_base_.num_classes), test_cfg=dict(nms_pre=3000, max_per_img=3000)
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True, type="RepeatDataset", times=5, dataset=_base_.train_dataloader.dataset
    )
)
