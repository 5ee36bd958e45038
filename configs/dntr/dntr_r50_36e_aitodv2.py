"""DNTR on AI-TOD-v2: ten times the rate of AI-TOD, as the authors' config for it."""

_base_ = ["_r50_36e.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(
    roi_head=dict(
        bbox_head=[
            dict(head, num_classes=_base_.num_classes) for head in _base_.model.roi_head.bbox_head
        ]
    )
)
optim_wrapper = dict(optimizer=dict(lr=0.01))
