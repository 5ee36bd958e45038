"""VisDrone by the protocol of LR-Net's release: AI-TOD's size ranges, 300 detections an image.

How it treats the ignored regions is not known; here they are background.
"""

_base_ = "yolov8_n_300e_visdrone.py"

model = dict(test_cfg=dict(max_per_img=300))
val_evaluator = dict(
    _delete_=True, type="tinydet.AITODMetric", ann_file=_base_.val_evaluator.ann_file
)
test_evaluator = dict(
    _delete_=True, type="tinydet.AITODMetric", ann_file=_base_.test_evaluator.ann_file
)
