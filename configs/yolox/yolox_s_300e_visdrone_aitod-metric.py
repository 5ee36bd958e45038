"""YOLOX-s on VisDrone, by the protocol of SARL's Table II, which has AI-TOD's size ranges.

How the paper treats the ignored regions is not known; here they are background.
"""

_base_ = "yolox_s_300e_visdrone.py"

val_evaluator = dict(
    _delete_=True, type="tinydet.AITODMetric", ann_file=_base_.val_evaluator.ann_file
)
test_evaluator = dict(
    _delete_=True, type="tinydet.AITODMetric", ann_file=_base_.test_evaluator.ann_file
)
