"""SR-TOD on AI-TOD."""

_base_ = ["_r50_1x.py", "../_base_/datasets/aitod_mmdet.py"]

model = dict(
    roi_head=dict(
        bbox_head=[
            dict(head, num_classes=_base_.num_classes) for head in _base_.model.roi_head.bbox_head
        ]
    )
)
