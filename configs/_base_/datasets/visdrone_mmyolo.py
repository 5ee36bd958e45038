"""VisDrone2019-DET, train -> val, mosaics at the 640 px of LR-Net, for mmyolo's detectors."""

_base_ = ["_visdrone.py", "_mosaic.py"]

train_dataloader = dict(dataset=_base_.train_data)
val_dataloader = dict(dataset=_base_.val_data)
test_dataloader = dict(dataset=_base_.test_data)
