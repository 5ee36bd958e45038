"""Large scenes of the embedded synthetic world: images, labels, evaluator."""

data_root = "{{$SYNTHETIC_SCENES_ROOT:data/synthetic_scenes}}"
num_classes = 8
train_data = dict(
    type="tinydet.SyntheticScenesDataset",
    data_root=data_root,
    ann_file="annotations/train.json",
    data_prefix=dict(img="train/"),
)
test_data = dict(
    type="tinydet.SyntheticScenesDataset",
    data_root=data_root,
    ann_file="annotations/val.json",
    data_prefix=dict(img="val/"),
)
val_evaluator = dict(type="tinydet.AITODMetric", ann_file=data_root + "/annotations/val.json")
test_evaluator = val_evaluator
