"""DOTA-v2.0, train -> val, mosaics of whole tiles (1024 px), for mmyolo's detectors."""

_base_ = ["_dotav2.py", "_mosaic_1024.py"]

train_dataloader = dict(dataset=_base_.train_data)
val_dataloader = dict(dataset=_base_.test_data)
test_dataloader = val_dataloader
