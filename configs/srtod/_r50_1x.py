"""SR-TOD (arXiv:2405.11276) on Cascade R-CNN as released: anchors from 16 px, threshold 3 of 255.

The release trains on one GPU with two images at 0.01: its files also state 0.005 and a warm-up of
5,000 steps, by names of mmdet 2 that mmdet 3 does not read.
"""

_base_ = "../cascade_rcnn/_r50_fpn_1x.py"

model = dict(
    neck=[_base_.model.neck, dict(type="tinydet.SRTOD", threshold=3.0)],
    rpn_head=dict(anchor_generator=dict(scales=[4])),
)
auto_scale_lr = dict(base_batch_size=2)
