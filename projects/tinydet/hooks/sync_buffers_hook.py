"""Make the processes of a distributed training validate the model that is saved.

Each process has its own batch normalization statistics, so each would validate with a different
model, and the checkpoint of the first process would not reproduce the logged numbers. mmengine's
hook averages the statistics over the processes after each epoch, but not those of the exponential
moving average, which YOLO configs validate and save.
"""

from __future__ import annotations

from mmengine.dist import all_reduce_params
from mmengine.hooks import EMAHook
from mmengine.hooks import SyncBuffersHook as UpstreamSyncBuffersHook
from mmengine.runner import Runner

from tinydet.registry import HOOKS


@HOOKS.register_module()
class SyncBuffersHook(UpstreamSyncBuffersHook):
    """Average all buffers over the processes after each epoch, moving averages included.

    ``tools/train.py`` adds the hook to every training; a single process is not changed.
    """

    def after_train_epoch(self, runner: Runner) -> None:
        super().after_train_epoch(runner)
        for hook in runner.hooks:
            if isinstance(hook, EMAHook):
                all_reduce_params(hook.ema_model.buffers(), op="mean")
