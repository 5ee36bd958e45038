"""AI-TOD at its own 800 px, trainval -> test, for mmyolo's detectors."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmyolo_data

data_root = "{{$AITOD_ROOT:data/AI-TOD}}"
num_classes = 8
train_data, test_data = files.aitod(data_root)

img_scale = (800, 800)  # width, height
train_pipeline = mmyolo_data.mosaics(img_scale)
train_pipeline_stage2 = mmyolo_data.whole_images(img_scale)
test_pipeline = mmyolo_data.test_images(img_scale)
train_dataloader = mmyolo_data.train_loader(train_data, train_pipeline)
val_dataloader = mmyolo_data.val_loader(test_data, test_pipeline)
test_dataloader = val_dataloader

val_evaluator = dict(type="tinydet.AITODMetric", ann_file=files.labels(test_data))
test_evaluator = val_evaluator
