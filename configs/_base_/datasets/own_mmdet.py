"""Your own COCO JSON, 800 px, for mmdet's detectors.

The folder that OWN_ROOT names has `train.json`, `val.json` and `images/`. OWN_CLASSES names some of
its classes with commas between. The config reads them from `train.json` while it is loaded,
because the heads are built for a number of classes: `files.own`.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmdet_data

data_root = "{{$OWN_ROOT:data/own}}"
train_data, test_data = files.own(data_root, "{{$OWN_CLASSES:all}}")
classes = train_data["metainfo"]["classes"]
num_classes = len(classes)

img_scale = (800, 800)  # width, height
train_pipeline, test_pipeline = mmdet_data.pipelines(img_scale)
train_dataloader = mmdet_data.train_loader(train_data, train_pipeline)
val_dataloader = mmdet_data.val_loader(test_data, test_pipeline)
test_dataloader = val_dataloader

val_evaluator = dict(type="tinydet.AITODMetric", ann_file=files.labels(test_data))
test_evaluator = val_evaluator
