"""A small DNTR from random weights for the synthetic images: Cascade R-CNN with its parts."""

_base_ = "../cascade_rcnn/cascade-rcnn_r18_fpn_14e_synthetic.py"

model = dict(
    neck=dict(_delete_=True, type="tinydet.DNFPN", neck=_base_.model.neck),
    roi_head=dict(
        bbox_head=[
            dict(
                type="tinydet.TransBBoxHead",
                in_channels=64,
                num_classes=_base_.num_classes,
                token_channels=48,
                embed_dims=64,
                bbox_coder=head["bbox_coder"],
                reg_class_agnostic=True,
                loss_bbox=head["loss_bbox"],
            )
            for head in _base_.model.roi_head.bbox_head
        ]
    ),
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type="tinydet.RankingAssigner", topk=3, constant=12.7)
        )
    ),
)
