"""Your own COCO JSON: `train.json`, `val.json` and `images/` in the folder that OWN_ROOT names.

The classes are those of `train.json`, or those of them that OWN_CLASSES names with commas between,
read when the config is loaded, because the heads have to know their number.
`--cfg-options data_root=...` would come too late.
"""

_base_ = []  # mmengine takes a file that imports before this for one of its lazy configs

from tinydet.datasets.categories import read_classes  # noqa: E402

data_root = "{{$OWN_ROOT:data/own}}"
classes = read_classes(data_root + "/train.json", "{{$OWN_CLASSES:all}}")
num_classes = len(classes)
train_data = dict(
    type="tinydet.TinyCocoDataset",
    data_root=data_root,
    ann_file="train.json",
    data_prefix=dict(img="images/"),
    metainfo=dict(classes=classes),
)
test_data = dict(
    type="tinydet.TinyCocoDataset",
    data_root=data_root,
    ann_file="val.json",
    data_prefix=dict(img="images/"),
    metainfo=dict(classes=classes),
)
val_evaluator = dict(type="tinydet.AITODMetric", ann_file=data_root + "/val.json")
test_evaluator = val_evaluator
del read_classes  # every name left here becomes a key of the config
