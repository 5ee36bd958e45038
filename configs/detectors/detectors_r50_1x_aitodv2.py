"""DetectoRS on AI-TOD-v2 as RKA: a longer warm-up, a batch of 4. Published: AP 16.1."""

_base_ = ["_r50_1x.py", "../_base_/datasets/aitodv2_mmdet.py"]

model = dict(
    roi_head=dict(
        bbox_head=[
            dict(head, num_classes=_base_.num_classes) for head in _base_.model.roi_head.bbox_head
        ]
    )
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=5000),
    _base_.steps,
]
auto_scale_lr = dict(base_batch_size=4)
