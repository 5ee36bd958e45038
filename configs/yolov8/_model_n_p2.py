"""YOLOv8-n with one more pyramid level: C2 joins the neck, the head predicts at stride 4 too."""

_base_ = "_model_n.py"

channels = [128, 256, 512, 1024]  # of C2-C5, before the width factor
strides = [4, 8, 16, 32]

model = dict(
    backbone=dict(out_indices=(1, 2, 3, 4)),
    neck=dict(in_channels=channels, out_channels=channels),
    bbox_head=dict(
        head_module=dict(in_channels=channels, featmap_strides=strides),
        prior_generator=dict(strides=strides),
    ),
)
