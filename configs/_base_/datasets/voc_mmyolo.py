"""Pascal VOC, trainval of 2007 and 2012 -> test of 2007, mosaics at 640 px, for mmyolo."""

_base_ = ["_voc.py", "_mosaic.py"]

train_dataloader = dict(dataset=_base_.train_data)
val_dataloader = dict(dataset=_base_.test_data)
test_dataloader = val_dataloader
