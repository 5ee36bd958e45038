_base_ = "../retinanet/retinanet_mobilenetv2_fpn_12e_hituav.py"

model = dict(
    neck=dict(
        _delete_=True,
        type="tinydet.CFPT",
        in_channels=[24, 32, 96, 1280],
        out_channels=64,
        start_level=0,
        num_outs=4,
    )
)
