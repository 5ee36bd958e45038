"""Grid R-CNN with what is common to the AI-TOD repositories (docs/baselines.md); none has it.

3,000 proposals and detections, 12 epochs; its own score threshold (0.03) and NMS (0.3) stay.
"""

_base_ = ["_model_r50.py", "../_base_/schedules/sgd_1x.py", "../_base_/runtime.py"]

model = dict(
    train_cfg=dict(rpn_proposal=dict(nms_pre=3000, max_per_img=3000)),
    test_cfg=dict(rpn=dict(nms_pre=3000, max_per_img=3000), rcnn=dict(max_per_img=3000)),
)
