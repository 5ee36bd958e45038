"""AI-TOD-v2, trainval -> test: AI-TOD's images with new labels (arXiv:2206.13996)."""

data_root = "{{$AITODV2_ROOT:data/AI-TODv2}}"
num_classes = 8
train_data = dict(
    type="tinydet.AITODv2Dataset",
    data_root=data_root,
    ann_file="annotations/aitodv2_trainval.json",
    data_prefix=dict(img="images/trainval/"),
)
test_data = dict(
    type="tinydet.AITODv2Dataset",
    data_root=data_root,
    ann_file="annotations/aitodv2_test.json",
    data_prefix=dict(img="images/test/"),
)
val_evaluator = dict(
    type="tinydet.AITODMetric", ann_file=data_root + "/annotations/aitodv2_test.json"
)
test_evaluator = val_evaluator
