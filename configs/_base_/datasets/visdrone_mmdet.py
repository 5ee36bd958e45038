"""VisDrone2019-DET, train -> val, 1333 x 800 px, for mmdet's detectors.

VISDRONE_TEST_SPLIT=test-dev makes tools/test.py use the other split with public labels; training is
validated on val all the same.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmdet_data

data_root = "{{$VISDRONE_ROOT:data/VisDrone}}"
test_split = "{{$VISDRONE_TEST_SPLIT:val}}"
num_classes = 10
train_data, val_data, test_data = files.visdrone(data_root, test_split)

img_scale = (1333, 800)  # width, height
train_pipeline, test_pipeline = mmdet_data.pipelines(img_scale)
train_dataloader = mmdet_data.train_loader(train_data, train_pipeline)
val_dataloader = mmdet_data.val_loader(val_data, test_pipeline)
test_dataloader = mmdet_data.val_loader(test_data, test_pipeline)

val_evaluator = dict(type="tinydet.VisDroneMetric", ann_file=files.labels(val_data))
test_evaluator = dict(type="tinydet.VisDroneMetric", ann_file=files.labels(test_data))
