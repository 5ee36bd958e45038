"""CornerNet on AI-TOD. Published (SARL, Table I): AP 9.0."""

_base_ = ["_hourglass104_210e.py", "../_base_/datasets/aitod_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
train_dataloader = dict(
    batch_size=6, batch_sampler=None, dataset=dict(pipeline=_base_.crop_pipeline)
)
val_dataloader = dict(dataset=dict(pipeline=_base_.whole_pipeline))
test_dataloader = val_dataloader
