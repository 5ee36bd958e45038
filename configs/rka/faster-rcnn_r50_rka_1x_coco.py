"""NWD-RKA (arXiv:2206.13996): an object takes its 2 most similar anchors; C is the data set's."""

_base_ = "../faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py"

model = dict(
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.RankingAssigner", topk=2, constant="auto")
        )
    ),
)
