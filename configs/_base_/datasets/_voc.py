"""Pascal VOC, trainval of 2007 and 2012 -> test of 2007: images, labels, evaluator.

AP at IoU 0.5 by the 11 points of 2007.
"""

data_root = "{{$VOC_ROOT:data/VOCdevkit}}"
num_classes = 20
train_data = dict(type="tinydet.VOCDataset", data_root=data_root, years=(2007, 2012))
test_data = dict(type="tinydet.VOCDataset", data_root=data_root, years=(2007,), split="test")
val_evaluator = dict(type="mmdet.VOCMetric", metric="mAP", eval_mode="11points")
test_evaluator = val_evaluator
