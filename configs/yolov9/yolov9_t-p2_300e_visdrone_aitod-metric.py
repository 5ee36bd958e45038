"""VisDrone by the protocol of LR-Net's release: AI-TOD's size ranges, 300 detections an image.

How it treats the ignored regions is not known; here they are background.
"""

_base_ = "yolov9_t-p2_300e_visdrone.py"

from tinydet.recipes.files import by_aitod_metric

model = dict(test_cfg=dict(max_per_img=300))
val_evaluator = by_aitod_metric(_base_.val_evaluator)
test_evaluator = by_aitod_metric(_base_.test_evaluator)
