"""RetinaNet with CFPT (arXiv:2407.19696) in place of its FPN, with the released settings.

SGD 0.0025 for a batch of 2, gradients clipped at 10, no decay of position biases and norms; an
epoch is five passes over the data. The release also trains in half precision, and rotates, blurs
and recolors images by albumentations; ours flips alone.
"""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model(
    "mmdet::_base_/models/retinanet_r50_fpn.py",
    neck=dict(_delete_=True, type="tinydet.CFPT", in_channels=[256, 512, 1024, 2048]),
)
undecayed = ("bias.table", "level_bias", ".norm.", ".mlp.0.")
optim_wrapper = dict(
    optimizer=dict(lr=0.0025),
    clip_grad=dict(max_norm=10),
    paramwise_cfg=dict(custom_keys={name: dict(decay_mult=0.0) for name in undecayed}),
)
del undecayed  # every name left here becomes a key of the config
auto_scale_lr = dict(base_batch_size=2)
