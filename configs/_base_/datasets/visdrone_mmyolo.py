"""VisDrone2019-DET, train -> val, mosaics at the 640 px of LR-Net, for mmyolo's detectors.

VISDRONE_TEST_SPLIT=test-dev makes tools/test.py use the other split with public labels; training is
validated on val all the same.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmyolo_data

data_root = "{{$VISDRONE_ROOT:data/VisDrone}}"
test_split = "{{$VISDRONE_TEST_SPLIT:val}}"
num_classes = 10
train_data, val_data, test_data = files.visdrone(data_root, test_split)

img_scale = (640, 640)  # width, height
train_pipeline = mmyolo_data.mosaics(img_scale)
train_pipeline_stage2 = mmyolo_data.whole_images(img_scale)
test_pipeline = mmyolo_data.test_images(img_scale)
train_dataloader = mmyolo_data.train_loader(train_data, train_pipeline)
val_dataloader = mmyolo_data.val_loader(val_data, test_pipeline)
test_dataloader = mmyolo_data.val_loader(test_data, test_pipeline)

val_evaluator = dict(type="tinydet.VisDroneMetric", ann_file=files.labels(val_data))
test_evaluator = dict(type="tinydet.VisDroneMetric", ann_file=files.labels(test_data))
