"""SimD (arXiv:2407.02394) in place of IoU in the RPN's assigner, as released for VisDrone.

m, n, the rate of 0.005 for a batch of 2 and a schedule without warm-up are the released ones.
"""

_base_ = "../faster_rcnn/faster-rcnn_r50_fpn_1x_visdrone.py"

model = dict(
    train_cfg=dict(
        rpn=dict(assigner=dict(_delete_=True, type="tinydet.SimDAssigner", m=6.13, n=4.59))
    ),
)
optim_wrapper = dict(optimizer=dict(lr=0.005))
auto_scale_lr = dict(base_batch_size=2)
param_scheduler = [_base_.steps]
