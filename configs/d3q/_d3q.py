"""D3Q (JSTARS 18, 2025) and Dome-DETR's PAQI (arXiv:2505.05741) in a DINO; docs/baselines.md."""

box_costs = [
    dict(type="tinydet.TinyL1Cost"),
    dict(type="IoUCost", iou_mode="giou", weight=2.0),
]
d3q = dict(
    type="tinydet.D3QDINO",
    bbox_head=dict(
        type="tinydet.D3QHead",
        loss_cls=dict(_delete_=True, type="CrossEntropyLoss"),
        loss_bbox=dict(_delete_=True, type="tinydet.TinyL1Loss"),
    ),
    train_cfg=dict(
        assigner=dict(match_costs=[dict(type="ClassificationCost"), *box_costs]),
        proposal_assigner=dict(
            type="HungarianAssigner",
            match_costs=[dict(type="FocalLossCost", weight=2.0), *box_costs],
        ),
    ),
)
