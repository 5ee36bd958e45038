"""Faster R-CNN on AI-TOD with Res2Net-50 (26w x 4s, v1b), whose weights mmdet does not host.

README.md says how to make the file; without it training stops before the first step.
"""

_base_ = "faster-rcnn_r50_fpn_1x_aitod.py"

weights = "{{$RES2NET50_WEIGHTS:data/weights/res2net50_v1b_26w_4s_mmdet.pth}}"
model = dict(
    backbone=dict(
        type="Res2Net",
        scales=4,
        base_width=26,
        init_cfg=dict(checkpoint=weights),
    )
)
