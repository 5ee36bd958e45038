"""DNTR on your own COCO JSON; the C of NWD is that of its training boxes."""

_base_ = ["_r50_36e.py", "../_base_/datasets/own_mmdet.py"]

model = dict(
    roi_head=dict(
        bbox_head=[
            dict(head, num_classes=_base_.num_classes) for head in _base_.model.roi_head.bbox_head
        ]
    ),
    train_cfg=dict(rpn=dict(assigner=dict(constant="auto"))),
)
