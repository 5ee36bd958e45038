"""YOLOX-s and its 300 epochs; 0.01 is the rate for a batch of 64 in YOLOX (mmyolo's file).

The `max_per_img` of the configs is the limit our metric compares with the densest image; mmyolo's
`yolox_style` keeps all that its NMS leaves.
"""

_base_ = ["_model_s.py", "../_base_/schedules/yolo_300e.py"]

optim_wrapper = dict(optimizer=dict(lr=0.01 * 8 / 64))  # auto_scale_lr counts from a batch of 8
# All weights warm up from 0, as in YOLOX; YOLOv5's 0.1 for biases would be 80 times this rate.
default_hooks = dict(param_scheduler=dict(warmup_bias_lr=0.0))
