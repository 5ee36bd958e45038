"""DNTR on AI-TOD. Published: AP 26.2."""

_base_ = ["_r50_36e.py", "../_base_/datasets/aitod_mmdet.py"]

model = dict(
    roi_head=dict(
        bbox_head=[
            dict(head, num_classes=_base_.num_classes) for head in _base_.model.roi_head.bbox_head
        ]
    )
)
