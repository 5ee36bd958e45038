"""YOLOv3 on AI-TOD-v2. Published (SARL, Table III): AP 4.1."""

_base_ = ["_d53_273e.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
train_dataloader = dict(batch_size=8, num_workers=4, dataset=dict(pipeline=_base_.crop_pipeline))
