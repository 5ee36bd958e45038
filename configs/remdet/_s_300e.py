"""RemDet-S with the released schedule: SGD 0.01 for eight GPUs with 16 images each.

As YOLOv8's, with a warm-up of 10 epochs. The release also blurs and recolors one image in a hundred
by albumentations, and keeps 300 detections.
"""

_base_ = ["_model_s.py", "../_base_/schedules/lrnet_300e.py"]

default_hooks = dict(param_scheduler=dict(warmup_epochs=10))
optim_wrapper = dict(optimizer=dict(batch_size_per_gpu=16))
auto_scale_lr = dict(base_batch_size=128)
