"""DOTA-v2.0, train -> val, mosaics of whole tiles (1024 px), for mmyolo's detectors."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmyolo_data

data_root = "{{$DOTAV2_ROOT:data/DOTA-V2.0/hbb}}"
num_classes = 18
train_data, test_data = files.dotav2(data_root)

img_scale = (1024, 1024)  # width, height
train_pipeline = mmyolo_data.mosaics(img_scale)
train_pipeline_stage2 = mmyolo_data.whole_images(img_scale)
test_pipeline = mmyolo_data.test_images(img_scale)
train_dataloader = mmyolo_data.train_loader(train_data, train_pipeline)
val_dataloader = mmyolo_data.val_loader(test_data, test_pipeline)
test_dataloader = val_dataloader

val_evaluator = dict(type="tinydet.AITODMetric", ann_file=files.labels(test_data))
test_evaluator = val_evaluator
