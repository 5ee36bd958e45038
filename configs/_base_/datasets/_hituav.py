"""HIT-UAV thermal drone images at half resolution: images, labels, evaluator."""

data_root = "{{$HITUAV_ROOT:data/hituav}}"
num_classes = 3
train_data = dict(
    type="tinydet.HITUAVDataset",
    data_root=data_root,
    ann_file="train.json",
    data_prefix=dict(img="images/"),
)
test_data = dict(
    type="tinydet.HITUAVDataset",
    data_root=data_root,
    ann_file="val.json",
    data_prefix=dict(img="images/"),
)
val_evaluator = dict(type="tinydet.AITODMetric", ann_file=data_root + "/val.json")
test_evaluator = val_evaluator
