"""Cascade R-CNN on AI-TOD-v2. Published (NWD-RKA's repository): AP 15.1."""

_base_ = ["_r50_fpn_1x.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(
    roi_head=dict(
        bbox_head=[
            dict(head, num_classes=_base_.num_classes) for head in _base_.model.roi_head.bbox_head
        ]
    )
)
