"""TridentNet (C4, no FPN, stride 16) with what is common to the AI-TOD repositories.

None of them has it; 2,000 proposals in training and 3,000 detections are those of their C4 base
(docs/baselines.md). Three branches train at once: about three times the memory of one on C4.
"""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::tridentnet/tridentnet_r50-caffe_1x_coco.py",
    train_cfg=dict(rpn_proposal=dict(max_per_img=2000)),
    test_cfg=dict(rpn=dict(max_per_img=3000), rcnn=dict(max_per_img=3000)),
)
