"""Large synthetic scenes (2048 px) as a whole, for mmdet's detectors."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmdet_data

data_root = "{{$SCENES_ROOT:data/scenes}}"
num_classes = 8
train_data, test_data = files.scenes(data_root)

img_scale = (2048, 2048)  # width, height
train_pipeline, test_pipeline = mmdet_data.pipelines(img_scale)
train_dataloader = mmdet_data.train_loader(train_data, train_pipeline, batch_size=1, workers=1)
val_dataloader = mmdet_data.val_loader(test_data, test_pipeline, workers=1)
test_dataloader = val_dataloader

val_evaluator = dict(type="tinydet.AITODMetric", ann_file=files.labels(test_data))
test_evaluator = val_evaluator
