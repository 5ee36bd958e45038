"""DOTA-v2.0, train -> val, horizontal boxes on tiles of 1024 px: images, labels, evaluator."""

data_root = "{{$DOTAV2_ROOT:data/DOTA-V2.0/hbb}}"
num_classes = 18
train_data = dict(
    type="tinydet.DOTAv2Dataset",
    data_root=data_root,
    ann_file="dota_v2.0_train.json",
    data_prefix=dict(img="train/"),
)
test_data = dict(
    type="tinydet.DOTAv2Dataset",
    data_root=data_root,
    ann_file="dota_v2.0_val.json",
    data_prefix=dict(img="val/"),
)
val_evaluator = dict(type="tinydet.AITODMetric", ann_file=data_root + "/dota_v2.0_val.json")
test_evaluator = val_evaluator
