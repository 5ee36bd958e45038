"""The recipe with copies of small objects in free places, in half of the pictures."""

_base_ = "../recipes/tiny_drone.py"

from tinydet.recipes import mmyolo_data

paste = dict(type="tinydet.SmallObjectCopyPaste")
load, annotations, *rest = mmyolo_data.flips()
train_dataloader = dict(dataset=dict(pipeline=[load, annotations, paste, *rest]))
load, annotations, *rest = mmyolo_data.flips(_base_.img_scale)
custom_hooks = [
    *_base_.custom_hooks[:-1],
    mmyolo_data.last_epochs([load, annotations, paste, *rest], _base_.max_epochs, last=2),
]
