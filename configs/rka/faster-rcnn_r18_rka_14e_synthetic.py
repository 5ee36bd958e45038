"""NWD-RKA (arXiv:2206.13996): an object takes its 2 most similar anchors, C = 12.7 px."""

_base_ = "../faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"

model = dict(
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.RankingAssigner", topk=2, constant=12.7)
        )
    ),
)
