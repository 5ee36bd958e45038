"""ATSS with DN-FPN on AI-TOD. Published: AP 17.9.

36 epochs at a rate of 0.002 for a batch of 2, steps after 16 and 22: the schedule that the authors'
ATSS takes from their schedule_2x.py.
"""

_base_ = "../atss/atss_r50_fpn_1x_aitod.py"

model = dict(neck=dict(_delete_=True, type="tinydet.DNFPN", neck=_base_.model.neck))
train_cfg = dict(max_epochs=36)
optim_wrapper = dict(optimizer=dict(lr=0.002))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=500),
    dict(type="MultiStepLR", by_epoch=True, begin=0, end=36, milestones=[16, 22], gamma=0.1),
]
