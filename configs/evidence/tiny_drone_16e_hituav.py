"""The recipe with twice the epochs: 12 on pictures as they are, 4 on enlarged ones."""

_base_ = "../recipes/tiny_drone.py"

from tinydet.recipes import mmyolo_data
from tinydet.recipes.schedules import cosine

max_epochs = 16
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = cosine(max_epochs, warm_up=100, eta_min=1e-4)
larger = mmyolo_data.flips(_base_.img_scale)
custom_hooks = [*_base_.custom_hooks[:-1], mmyolo_data.last_epochs(larger, max_epochs, last=4)]
