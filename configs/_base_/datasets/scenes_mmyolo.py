"""Large synthetic scenes (2048 px) as a whole, for mmyolo's detectors. Flips only."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmyolo_data

data_root = "{{$SCENES_ROOT:data/scenes}}"
num_classes = 8
train_data, test_data = files.scenes(data_root)

img_scale = (2048, 2048)  # width, height
train_pipeline = mmyolo_data.flips()
test_pipeline = mmyolo_data.test_images(img_scale)
train_dataloader = mmyolo_data.train_loader(train_data, train_pipeline, batch_size=1, workers=1)
val_dataloader = mmyolo_data.val_loader(test_data, test_pipeline, workers=1)
test_dataloader = val_dataloader

val_evaluator = dict(type="tinydet.AITODMetric", ann_file=files.labels(test_data))
test_evaluator = val_evaluator
