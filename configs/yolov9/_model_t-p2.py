"""YOLOv9-t with one more pyramid level: C2 joins both necks, the heads predict at stride 4 too."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

channels = [32, 64, 96, 128]  # of C2-C5
strides = [4, 8, 16, 32]
neck = dict(in_channels=channels, out_channels=channels, deepen_factor=1.0, widen_factor=1.0)

model = upstream_model(
    "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py",
    type="tinydet.AuxiliaryDetector",
    backbone=dict(
        type="tinydet.GELAN",
        out_indices=(1, 2, 3, 4),
        last_stage_out_channels=128,
        widen_factor=1.0,
    ),
    neck=dict(type="tinydet.GELANPAFPN", **neck),
    auxiliary_neck=dict(type="tinydet.GELANFPN", **neck),
    bbox_head=dict(
        head_module=dict(
            type="tinydet.YOLOv9HeadModule",
            in_channels=channels,
            featmap_strides=strides,
            widen_factor=1.0,
        ),
        prior_generator=dict(strides=strides),
    ),
    # The same assignment in a tenth of the time and without tables of all priors and objects.
    train_cfg=dict(assigner=dict(type="tinydet.TaskAlignedAssigner")),
)
