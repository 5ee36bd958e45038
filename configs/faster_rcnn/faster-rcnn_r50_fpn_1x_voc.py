"""Faster R-CNN on Pascal VOC: mmdet's model; 12 epochs, its 4 of a set repeated 3 times.

Its rate is 0.01 at batch 16, without warm-up, a tenth for the last quarter.
"""

_base_ = ["_stock_r50_fpn_1x.py", "../_base_/datasets/voc_mmdet.py"]

model = dict(roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)))
optim_wrapper = dict(optimizer=dict(lr=0.005))
param_scheduler = [
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=12, milestones=[9], gamma=0.1)
]
