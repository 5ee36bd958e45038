"""TridentNet on AI-TOD-v2. Published (SARL, Table III): AP 10.1."""

_base_ = ["_r50-caffe_1x.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(roi_head=dict(bbox_head=dict(num_classes=_base_.num_classes)))
