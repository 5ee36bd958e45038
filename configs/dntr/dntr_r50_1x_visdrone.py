"""DNTR on VisDrone, whole images where the authors have crops. Published: AP 34.4.

12 epochs at a rate of 0.01, as the authors' config for it; the C of NWD is the data set's.
"""

_base_ = ["_r50_36e.py", "../_base_/datasets/visdrone_mmdet.py"]

model = dict(
    roi_head=dict(
        bbox_head=[
            dict(head, num_classes=_base_.num_classes) for head in _base_.model.roi_head.bbox_head
        ]
    ),
    train_cfg=dict(rpn=dict(assigner=dict(constant="auto"))),
)
train_cfg = dict(max_epochs=12)
optim_wrapper = dict(optimizer=dict(lr=0.01))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end_images=4_000),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=12, milestones=[8, 11], gamma=0.1),
]
