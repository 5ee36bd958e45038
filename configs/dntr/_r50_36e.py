"""DNTR: DetectoRS R-50 with NWD-RKA, DN-FPN and Trans R-CNN; 36 epochs, 0.001 for a batch of 2.

Steps at 24 and 33 of 36, where the authors' config of 48 epochs has 32 and 44; docs/baselines.md.
"""

_base_ = "../detectors/_r50_1x.py"

model = dict(
    neck=dict(_delete_=True, type="tinydet.DNFPN", neck=_base_.model.neck),
    roi_head=dict(
        bbox_head=[
            dict(
                type="tinydet.TransBBoxHead",
                bbox_coder=head["bbox_coder"],
                reg_class_agnostic=True,
                loss_bbox=head["loss_bbox"],
            )
            for head in _base_.model.roi_head.bbox_head
        ]
    ),
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.RankingAssigner", topk=3, constant=12.7)
        )
    ),
)
train_cfg = dict(max_epochs=36)
optim_wrapper = dict(optimizer=dict(lr=0.001))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end_images=10_000),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=36, milestones=[24, 33], gamma=0.1),
]
auto_scale_lr = dict(base_batch_size=2)
