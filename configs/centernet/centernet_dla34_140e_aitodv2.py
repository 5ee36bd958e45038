"""CenterNet with DLA-34 on AI-TOD-v2."""

_base_ = ["_dla34_140e.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
images = _base_.train_dataloader.dataset
images.pipeline = _base_.crop_pipeline
train_dataloader = dict(
    batch_size=16,
    num_workers=4,
    batch_sampler=None,
    dataset=dict(_delete_=True, type="RepeatDataset", times=5, dataset=images),
)
val_dataloader = dict(dataset=dict(pipeline=_base_.whole_pipeline))
test_dataloader = val_dataloader
