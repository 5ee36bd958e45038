"""NWD-RKA (arXiv:2206.13996): an object takes its 3 most similar anchors, C = 12.7 px."""

_base_ = "../retinanet/retinanet_r18_fpn_14e_synthetic.py"

model = dict(
    train_cfg=dict(
        assigner=dict(_delete_=True, type="tinydet.RankingAssigner", topk=3, constant=12.7)
    ),
)
