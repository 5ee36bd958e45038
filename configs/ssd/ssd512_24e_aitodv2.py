"""SSD512 on AI-TOD-v2. Published (SARL, Table III): AP 10.7."""

_base_ = ["_ssd512_24e.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
images = _base_.train_dataloader.dataset
images.pipeline = _base_.crop_pipeline
train_dataloader = dict(
    batch_size=8,
    batch_sampler=None,
    dataset=dict(_delete_=True, type="RepeatDataset", times=5, dataset=images),
)
val_dataloader = dict(dataset=dict(pipeline=_base_.whole_pipeline))
test_dataloader = val_dataloader
