"""VisDrone2019-DET, train -> val: images, labels, evaluator.

The labels are those of tools/data/convert.py. VISDRONE_TEST_SPLIT=test-dev makes
tools/test.py use the other split with public labels; training is validated on val all the same.
"""

data_root = "{{$VISDRONE_ROOT:data/VisDrone}}"
test_split = "{{$VISDRONE_TEST_SPLIT:val}}"
num_classes = 10
train_data = dict(
    type="tinydet.VisDroneDataset",
    data_root=data_root,
    ann_file="annotations/visdrone_train.json",
    data_prefix=dict(img="VisDrone2019-DET-train/images/"),
)
val_data = dict(
    type="tinydet.VisDroneDataset",
    data_root=data_root,
    ann_file="annotations/visdrone_val.json",
    data_prefix=dict(img="VisDrone2019-DET-val/images/"),
)
test_data = dict(
    type="tinydet.VisDroneDataset",
    data_root=data_root,
    ann_file=f"annotations/visdrone_{test_split}.json",
    data_prefix=dict(img=f"VisDrone2019-DET-{test_split}/images/"),
)
val_evaluator = dict(
    type="tinydet.VisDroneMetric", ann_file=data_root + "/annotations/visdrone_val.json"
)
test_evaluator = dict(
    type="tinydet.VisDroneMetric", ann_file=data_root + f"/annotations/visdrone_{test_split}.json"
)
