"""COCO 2017, train -> val, 1333 x 800 px, for mmdet's detectors."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmdet_data

data_root = "{{$COCO_ROOT:data/coco}}"
num_classes = 80
train_data, test_data = files.coco(data_root)

img_scale = (1333, 800)  # width, height
train_pipeline, test_pipeline = mmdet_data.pipelines(img_scale)
train_dataloader = mmdet_data.train_loader(train_data, train_pipeline)
val_dataloader = mmdet_data.val_loader(test_data, test_pipeline)
test_dataloader = val_dataloader

val_evaluator = dict(
    type="mmdet.CocoMetric",
    ann_file=files.labels(test_data),
    metric="bbox",
    classwise=True,
    proposal_nums=(1, 10, 100),  # mmdet's default counts 1000 detections for all but AP itself
)
test_evaluator = val_evaluator
