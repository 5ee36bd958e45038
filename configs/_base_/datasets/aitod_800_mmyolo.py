"""AI-TOD at its own 800 px, trainval -> test, for mmyolo's detectors."""

_base_ = ["_aitod.py", "_mosaic_800.py"]

train_dataloader = dict(dataset=_base_.train_data)
val_dataloader = dict(dataset=_base_.test_data)
test_dataloader = val_dataloader
