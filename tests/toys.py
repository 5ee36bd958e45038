"""A detector of nothing, which trains in milliseconds: for what a run does around its model."""

import torch
from mmengine.dataset import BaseDataset
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, MODELS
from torch import nn


@MODELS.register_module()
class Toy(BaseModel):
    """Two parts and a loss.

    Args:
        spare: Whether there is a third part, which the loss does not depend on.
        constant: Kept for the tests of ``constant="auto"``.
        test_cfg: As a detector's.
    """

    def __init__(self, spare=False, constant=3.0, test_cfg=None):
        super().__init__()
        self.constant, self.test_cfg = constant, test_cfg
        self.backbone = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1))
        self.head = nn.Linear(1, 1)
        self.spare = nn.Linear(1, 1) if spare else None

    def forward(self, inputs, mode="tensor", **_):
        return dict(loss=self.head(self.backbone(torch.stack(inputs))).square().mean())


@DATASETS.register_module()
class Numbers(BaseDataset):
    """The numbers 0 to 7."""

    def load_data_list(self):
        return [dict(inputs=torch.full((1,), float(number))) for number in range(8)]


# Options by which a config of the tree trains for an epoch on a few images.
QUICK = [
    "train_cfg.max_epochs=1",
    "train_cfg.val_interval=1",
    "train_dataloader.batch_size=2",
    *(
        f"{split}_dataloader.{option}"
        for split in ("train", "val", "test")
        for option in ("num_workers=0", "persistent_workers=False")
    ),
    "default_hooks.logger.interval=1",
]
CONFIG = dict(
    custom_imports=dict(imports=["tinydet", "toys"]),
    model=dict(type="Toy"),
    train_dataloader=dict(
        batch_size=2,
        num_workers=0,
        dataset=dict(type="Numbers"),
        sampler=dict(type="DefaultSampler"),
    ),
    train_cfg=dict(by_epoch=True, max_epochs=1),
    optim_wrapper=dict(
        optimizer=dict(type="SGD", lr=0.01, weight_decay=0.1),
        paramwise_cfg=dict(norm_decay_mult=0.0),
    ),
    param_scheduler=dict(type="LinearLR", start_factor=0.1, by_epoch=False, end=4),
    default_hooks=dict(logger=dict(type="LoggerHook", interval=1)),
    env_cfg=dict(mp_cfg=dict(mp_start_method="fork"), dist_cfg=dict(backend="gloo")),
    randomness=dict(seed=0, deterministic=True),
)
