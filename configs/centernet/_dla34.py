"""CenterNet (objects as points) with DLA-34: layers of 256 channels in the head, 1,500 peaks."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model, upstream_pipeline

upstream = "mmdet::centernet/centernet_r18-dcnv2_8xb16-crop512-140e_coco.py"
load = dict(type="tinydet.LoadImageFromFile", to_float32=True)
model = upstream_model(
    upstream,
    backbone=dict(
        _delete_=True,
        type="tinydet.DLA",
        init_cfg=dict(type="Pretrained", checkpoint="tinydet://dla34"),
    ),
    neck=dict(_delete_=True, type="tinydet.DLANeck"),
    bbox_head=dict(feat_channels=256),
    test_cfg=dict(topk=1500, max_per_img=1500),
)
crop_pipeline = upstream_pipeline(upstream, "train_pipeline", LoadImageFromFile=load)
whole_pipeline = upstream_pipeline(upstream, "test_pipeline", LoadImageFromFile=load)
del load, upstream  # every name left here becomes a key of the config
