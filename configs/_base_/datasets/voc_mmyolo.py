"""Pascal VOC, trainval of 2007 and 2012 -> test of 2007, mosaics at 640 px, for mmyolo.

AP at IoU 0.5 by the 11 points of 2007.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import files, mmyolo_data

data_root = "{{$VOC_ROOT:data/VOCdevkit}}"
num_classes = 20
train_data, test_data = files.voc(data_root)

img_scale = (640, 640)  # width, height
train_pipeline = mmyolo_data.mosaics(img_scale)
train_pipeline_stage2 = mmyolo_data.whole_images(img_scale)
test_pipeline = mmyolo_data.test_images(img_scale)
train_dataloader = mmyolo_data.train_loader(train_data, train_pipeline)
val_dataloader = mmyolo_data.val_loader(test_data, test_pipeline)
test_dataloader = val_dataloader

val_evaluator = dict(type="mmdet.VOCMetric", metric="mAP", eval_mode="11points")
test_evaluator = val_evaluator
