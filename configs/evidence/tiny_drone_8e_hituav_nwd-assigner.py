"""The recipe with NWD in its assignment, and AI-TOD's constant of 12.8 px."""

_base_ = "../recipes/tiny_drone.py"
model = dict(train_cfg=dict(assigner=dict(type="tinydet.NWDTaskAlignedAssigner")))
