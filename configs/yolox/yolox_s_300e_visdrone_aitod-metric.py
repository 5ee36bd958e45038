"""YOLOX-s on VisDrone, by the protocol of SARL's Table II, which has AI-TOD's size ranges.

How the paper treats the ignored regions is not known; here they are background.
"""

_base_ = "yolox_s_300e_visdrone.py"

from tinydet.recipes.files import by_aitod_metric

val_evaluator = by_aitod_metric(_base_.val_evaluator)
test_evaluator = by_aitod_metric(_base_.test_evaluator)
