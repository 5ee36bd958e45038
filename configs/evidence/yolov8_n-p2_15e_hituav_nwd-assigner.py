"""NWD in the task-aligned assignment, with AI-TOD's constant of 12.8 px."""

_base_ = "../yolov8/yolov8_n-p2_15e_hituav.py"
model = dict(train_cfg=dict(assigner=dict(type="tinydet.NWDTaskAlignedAssigner")))
