"""Pascal VOC, trainval of 2007 and 2012 -> test of 2007, 1000 x 600 px, for mmdet's detectors.

AP at IoU 0.5 by the 11 points of 2007.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmdet_data

data_root = "{{$VOC_ROOT:data/VOCdevkit}}"
num_classes = 20
train_data, test_data = files.voc(data_root)

img_scale = (1000, 600)  # width, height
train_pipeline, test_pipeline = mmdet_data.pipelines(img_scale)
train_dataloader = mmdet_data.train_loader(train_data, train_pipeline)
val_dataloader = mmdet_data.val_loader(test_data, test_pipeline)
test_dataloader = val_dataloader

val_evaluator = dict(type="mmdet.VOCMetric", metric="mAP", eval_mode="11points")
test_evaluator = val_evaluator
