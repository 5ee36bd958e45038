"""SODA-D (driving scenes), tiles of 800 px at 1200 px, for mmdet's detectors.

Train -> val, and tools/test.py takes test; the evaluation is on the whole pictures.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmdet_data

data_root = "{{$SODAD_ROOT:data/SODA-D}}"
num_classes = 9
train_data, val_data, test_data = files.sodad(data_root)

img_scale = (1200, 1200)  # width, height
train_pipeline, test_pipeline = mmdet_data.pipelines(img_scale)
train_dataloader = mmdet_data.train_loader(train_data, train_pipeline)
val_dataloader = mmdet_data.val_loader(val_data, test_pipeline)
test_dataloader = mmdet_data.val_loader(test_data, test_pipeline)

val_evaluator = files.soda_metric(val_data)
test_evaluator = files.soda_metric(test_data)
