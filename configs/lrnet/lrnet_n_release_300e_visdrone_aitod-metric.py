_base_ = ["../yolov8/yolov8_n-p2_300e_visdrone.py", "_release.py"]

from tinydet.recipes.files import by_aitod_metric

model = dict(_base_.release, test_cfg=dict(max_per_img=300))
val_evaluator = by_aitod_metric(_base_.val_evaluator)
test_evaluator = by_aitod_metric(_base_.test_evaluator)
