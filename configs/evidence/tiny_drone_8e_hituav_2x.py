"""The recipe with pictures that are enlarged twice at the end and in test."""

_base_ = "../recipes/tiny_drone.py"

from tinydet.recipes import mmyolo_data

img_scale = (640, 512)  # width, height
val_dataloader = dict(dataset=dict(pipeline=mmyolo_data.test_images(img_scale)))
test_dataloader = val_dataloader
larger = mmyolo_data.flips(img_scale)
custom_hooks = [
    *_base_.custom_hooks[:-1],
    mmyolo_data.last_epochs(larger, _base_.max_epochs, last=2),
]
