"""The recipe with copies of small objects in free places, in half of the pictures."""

_base_ = "../recipes/tiny_drone.py"

from tinydet.recipes import mmyolo_data

train_dataloader = dict(dataset=dict(pipeline=mmyolo_data.flips(paste=True)))
larger = mmyolo_data.flips(_base_.img_scale, paste=True)
custom_hooks = [
    *_base_.custom_hooks[:-1],
    mmyolo_data.last_epochs(larger, _base_.max_epochs, last=2),
]
