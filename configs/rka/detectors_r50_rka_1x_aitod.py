"""NWD-RKA (arXiv:2206.13996): an object takes its 3 most similar anchors, C = 12.7 px."""

_base_ = "../detectors/detectors_r50_1x_aitod.py"

model = dict(
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.RankingAssigner", topk=3, constant=12.7)
        )
    ),
)
auto_scale_lr = dict(base_batch_size=4)
