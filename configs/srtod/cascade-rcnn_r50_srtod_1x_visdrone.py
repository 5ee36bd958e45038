"""SR-TOD on VisDrone as released: 1280 x 1280 px, anchors from 24 px, threshold 4 of 255."""

_base_ = ["_r50_1x.py", "../_base_/datasets/visdrone_mmdet.py"]

from tinydet.recipes import mmdet_data

host, srtod = _base_.model.neck
model = dict(
    neck=[host, dict(srtod, threshold=4.0)],
    rpn_head=dict(anchor_generator=dict(scales=[6])),
    roi_head=dict(
        bbox_head=[
            dict(head, num_classes=_base_.num_classes) for head in _base_.model.roi_head.bbox_head
        ]
    ),
)
train_pipeline, test_pipeline = mmdet_data.pipelines((1280, 1280))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
del host, srtod  # every name left here becomes a key of the config
