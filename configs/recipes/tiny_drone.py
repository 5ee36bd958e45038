"""The recipe of docs/recipe.md on HIT-UAV at half resolution; its weights are in ``weights/``.

Pretrained weights, a level of stride 4, and pictures that grow: six epochs on pictures as they
are, two on pictures enlarged 1.5 times, and the test too.
"""

_base_ = [
    "../yolov8/_model_mobilenetv2-p2.py",
    "../_base_/datasets/hituav_mmyolo.py",
    "../_base_/schedules/adamw_15e.py",
]

from tinydet.recipes import mmyolo_data
from tinydet.recipes.schedules import cosine

max_epochs = 8
img_scale = (480, 384)  # width, height
model = dict(
    bbox_head=dict(head_module=dict(num_classes=_base_.num_classes)),
    train_cfg=dict(assigner=dict(num_classes=_base_.num_classes)),
)
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = cosine(max_epochs, warm_up=100, eta_min=1e-4)
val_dataloader = dict(dataset=dict(pipeline=mmyolo_data.test_images(img_scale)))
test_dataloader = val_dataloader
custom_hooks = [
    *_base_.custom_hooks,
    mmyolo_data.last_epochs(mmyolo_data.flips(img_scale), max_epochs, last=2),
]
