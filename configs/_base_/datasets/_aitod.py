"""AI-TOD, trainval -> test: images, labels, evaluator."""

data_root = "{{$AITOD_ROOT:data/AI-TOD}}"
num_classes = 8
train_data = dict(
    type="tinydet.AITODDataset",
    data_root=data_root,
    ann_file="annotations/aitod_trainval_v1_1.0.json",
    data_prefix=dict(img="images/trainval/"),
)
test_data = dict(
    type="tinydet.AITODDataset",
    data_root=data_root,
    ann_file="annotations/aitod_test_v1_1.0.json",
    data_prefix=dict(img="images/test/"),
)
val_evaluator = dict(
    type="tinydet.AITODMetric", ann_file=data_root + "/annotations/aitod_test_v1_1.0.json"
)
test_evaluator = val_evaluator
