"""Your own COCO JSON, mosaics at 640 px, for mmyolo's detectors."""

_base_ = ["_own.py", "_mosaic.py"]

train_dataloader = dict(dataset=_base_.train_data)
val_dataloader = dict(dataset=_base_.test_data)
test_dataloader = val_dataloader
