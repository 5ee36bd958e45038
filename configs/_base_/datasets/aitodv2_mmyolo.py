"""AI-TOD-v2, trainval -> test, mosaics at the 640 px of LR-Net, for mmyolo's detectors."""

_base_ = ["_aitodv2.py", "_mosaic.py"]

train_dataloader = dict(dataset=_base_.train_data)
val_dataloader = dict(dataset=_base_.test_data)
test_dataloader = val_dataloader
