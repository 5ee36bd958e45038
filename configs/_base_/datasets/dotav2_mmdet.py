"""DOTA-v2.0, train -> val, tiles of 1024 px, for mmdet's detectors."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmdet_data

data_root = "{{$DOTAV2_ROOT:data/DOTA-V2.0/hbb}}"
num_classes = 18
train_data, test_data = files.dotav2(data_root)

img_scale = (1024, 1024)  # width, height
train_pipeline, test_pipeline = mmdet_data.pipelines(img_scale)
train_dataloader = mmdet_data.train_loader(train_data, train_pipeline)
val_dataloader = mmdet_data.val_loader(test_data, test_pipeline)
test_dataloader = val_dataloader

val_evaluator = dict(type="tinydet.AITODMetric", ann_file=files.labels(test_data))
test_evaluator = val_evaluator
