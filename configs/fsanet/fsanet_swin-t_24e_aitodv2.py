"""FSANet on AI-TOD-v2."""

_base_ = ["_swin-t_24e.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(bbox_head=dict(num_classes=_base_.num_classes))
train_dataloader = dict(batch_size=4)
