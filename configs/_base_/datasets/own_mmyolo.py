"""Your own COCO JSON, mosaics at 640 px, for mmyolo's detectors.

The folder that OWN_ROOT names has `train.json`, `val.json` and `images/`. OWN_CLASSES names some of
its classes with commas between. The config reads them from `train.json` while it is loaded,
because the heads are built for a number of classes: `files.own`.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmyolo_data

data_root = "{{$OWN_ROOT:data/own}}"
train_data, test_data = files.own(data_root, "{{$OWN_CLASSES:all}}")
classes = train_data["metainfo"]["classes"]
num_classes = len(classes)

img_scale = (640, 640)  # width, height
train_pipeline = mmyolo_data.mosaics(img_scale)
train_pipeline_stage2 = mmyolo_data.whole_images(img_scale)
test_pipeline = mmyolo_data.test_images(img_scale)
train_dataloader = mmyolo_data.train_loader(train_data, train_pipeline)
val_dataloader = mmyolo_data.val_loader(test_data, test_pipeline)
test_dataloader = val_dataloader

val_evaluator = dict(type="tinydet.AITODMetric", ann_file=files.labels(test_data))
test_evaluator = val_evaluator
