"""CFINet on Faster R-CNN: coarse-to-fine RPN, feature imitation (arXiv:2308.09534).

300 proposals from levels P2 to P5; the settings of the public code for SODA-D (docs/baselines.md).
"""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes import coarse_to_fine

cfinet = dict(
    neck=dict(num_outs=4),
    rpn_head=dict(_delete_=True, **coarse_to_fine.rpn_head()),
    roi_head=dict(type="tinydet.FeatureImitationRoIHead"),
    train_cfg=dict(
        rpn=coarse_to_fine.rpn_train_cfg(),
        rpn_proposal=dict(max_per_img=300, nms=dict(iou_threshold=0.8)),
        rcnn=dict(
            assigner=dict(type="tinydet.MaxIoUAssigner"), sampler=dict(num=256, pos_fraction=0.5)
        ),
    ),
    test_cfg=dict(rpn=dict(max_per_img=300, nms=dict(iou_threshold=0.5))),
)
embedding_rate = dict(
    paramwise_cfg=dict(custom_keys={"roi_head.imitation.embed": dict(lr_mult=0.05)})
)
