"""The box part of Mask R-CNN on AI-TOD, which has no masks: the mask head is taken off.

What is left is the network of faster_rcnn/faster-rcnn_r50_fpn_1x_aitod.py, weight for weight; the
row is here because surveys list it. With masks of your own, leave out the two lines with None.
"""

_base_ = [
    "mmdet::_base_/models/mask-rcnn_r50_fpn.py",
    "../_base_/datasets/aitod_mmdet.py",
    "../_base_/schedules/sgd_1x.py",
]

model = dict(
    roi_head=dict(
        bbox_head=dict(num_classes=_base_.num_classes),
        mask_roi_extractor=None,
        mask_head=None,
    ),
    train_cfg=dict(
        rpn=dict(assigner=dict(gpu_assign_thr=1024)),
        rpn_proposal=dict(nms_pre=3000, max_per_img=3000),
    ),
    test_cfg=dict(rpn=dict(nms_pre=3000, max_per_img=3000), rcnn=dict(max_per_img=3000)),
)
