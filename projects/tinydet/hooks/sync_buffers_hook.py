"""Validate, in a training on several processes, the model that is saved.

Each process has batch normalisation's statistics of its own images, and mmengine's wrapper leaves
them so: every process would validate its images with another model, and the checkpoint, which has
those of the first, would reproduce none of the logged numbers. mmengine's hook takes the mean over
the processes after each epoch, but not in the exponential moving average, which is what YOLO
configs validate and save.
"""

from __future__ import annotations

from mmengine.dist import all_reduce_params
from mmengine.hooks import EMAHook
from mmengine.hooks import SyncBuffersHook as UpstreamSyncBuffersHook
from mmengine.runner import Runner

from tinydet.registry import HOOKS


@HOOKS.register_module()
class SyncBuffersHook(UpstreamSyncBuffersHook):
    """Give all processes the same buffers after each epoch, those of the moving average too.

    ``tools/train.py`` adds it to every training; in a single process it does nothing.
    """

    def after_train_epoch(self, runner: Runner) -> None:
        super().after_train_epoch(runner)
        for hook in runner.hooks:
            if isinstance(hook, EMAHook):
                all_reduce_params(hook.ema_model.buffers(), op="mean")
