"""COCO 2017, train -> val, mosaics at 640 px, for mmyolo's detectors."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmyolo_data

data_root = "{{$COCO_ROOT:data/coco}}"
num_classes = 80
train_data, test_data = files.coco(data_root)

img_scale = (640, 640)  # width, height
train_pipeline = mmyolo_data.mosaics(img_scale)
train_pipeline_stage2 = mmyolo_data.whole_images(img_scale)
test_pipeline = mmyolo_data.test_images(img_scale)
train_dataloader = mmyolo_data.train_loader(train_data, train_pipeline)
val_dataloader = mmyolo_data.val_loader(test_data, test_pipeline)
test_dataloader = val_dataloader

val_evaluator = dict(
    type="mmdet.CocoMetric",
    ann_file=files.labels(test_data),
    metric="bbox",
    classwise=True,
    proposal_nums=(1, 10, 100),  # mmdet's default counts 1000 detections for all but AP itself
)
test_evaluator = val_evaluator
