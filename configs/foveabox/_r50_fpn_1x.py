"""FoveaBox with what is common to the AI-TOD repositories (docs/baselines.md).

Its rate is 0.01 at batch 16 upstream: 0.005 at 8.
"""

_base_ = ["_model_r50.py", "../_base_/schedules/sgd_1x.py", "../_base_/runtime.py"]

model = dict(test_cfg=dict(nms_pre=3000, max_per_img=3000))
optim_wrapper = dict(optimizer=dict(lr=0.005))
