"""DNTR on AI-TOD for 48 epochs, as the authors' config. Published ("new"): AP 27.2."""

_base_ = "dntr_r50_36e_aitod.py"

train_cfg = dict(max_epochs=48)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end_images=10_000),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=48, milestones=[32, 44], gamma=0.1),
]
