"""HIT-UAV thermal drone images at half resolution, for mmyolo's detectors. Flips only."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmyolo_data

data_root = "{{$HITUAV_ROOT:data/hituav}}"
num_classes = 3
train_data, test_data = files.hituav(data_root)

img_scale = (320, 256)  # width, height
train_pipeline = mmyolo_data.flips()
test_pipeline = mmyolo_data.test_images(img_scale)
train_dataloader = mmyolo_data.train_loader(train_data, train_pipeline, batch_size=8, workers=1)
val_dataloader = mmyolo_data.val_loader(test_data, test_pipeline, batch_size=8, workers=1)
test_dataloader = val_dataloader

val_evaluator = dict(type="tinydet.AITODMetric", ann_file=files.labels(test_data))
test_evaluator = val_evaluator
