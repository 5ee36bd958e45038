"""YOLOX-s as mmyolo ships it.

The `max_per_img` of the configs is the limit our metric compares with the densest image; mmyolo's
`yolox_style` keeps all that its NMS leaves.
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmyolo::yolox/yolox_s_fast_8xb8-300e_coco.py",
    # One size: tiny objects must not shrink. The resizing also made floats of the bytes of an
    # image, which now dividing by 1 does: YOLOX learns from 0 to 255.
    data_preprocessor=dict(batch_augments=None, mean=[0, 0, 0], std=[1, 1, 1]),
    # The same assignment without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.SimOTAAssigner")),
)
