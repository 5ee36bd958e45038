"""COCO 2017, train -> val: images, labels, evaluator."""

data_root = "{{$COCO_ROOT:data/coco}}"
num_classes = 80
train_data = dict(
    type="tinydet.COCODataset",
    data_root=data_root,
    ann_file="annotations/instances_train2017.json",
    data_prefix=dict(img="train2017/"),
)
test_data = dict(
    type="tinydet.COCODataset",
    data_root=data_root,
    ann_file="annotations/instances_val2017.json",
    data_prefix=dict(img="val2017/"),
)
val_evaluator = dict(
    type="mmdet.CocoMetric",
    ann_file=data_root + "/annotations/instances_val2017.json",
    metric="bbox",
    classwise=True,
    proposal_nums=(1, 10, 100),  # mmdet's default counts 1000 detections for all but AP itself
)
test_evaluator = val_evaluator
