"""The embedded synthetic aerial images (256 px), for mmdet's detectors."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmdet_data

data_root = "{{$SYNTHETIC_ROOT:data/synthetic}}"
num_classes = 8
train_data, test_data = files.synthetic(data_root)

img_scale = (256, 256)  # width, height
train_pipeline, test_pipeline = mmdet_data.pipelines(img_scale)
train_dataloader = mmdet_data.train_loader(train_data, train_pipeline, batch_size=4, workers=1)
val_dataloader = mmdet_data.val_loader(test_data, test_pipeline, batch_size=4, workers=1)
test_dataloader = val_dataloader

val_evaluator = dict(type="tinydet.AITODMetric", ann_file=files.labels(test_data))
test_evaluator = val_evaluator
