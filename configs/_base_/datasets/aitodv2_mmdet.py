"""AI-TOD-v2, trainval -> test, 800 px, for mmdet's detectors."""

_base_ = ["_aitodv2.py", "_mmdet.py"]

train_dataloader = dict(dataset=_base_.train_data)
val_dataloader = dict(dataset=_base_.test_data)
test_dataloader = val_dataloader
