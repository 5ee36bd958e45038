"""Config keys and checkpoints that mmengine's runner accepts but mishandles."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch

from tinydet.compat.wrapping import wrap_once


def checkpoint_activations() -> None:
    """Let ``activation_checkpointing`` train modules that take a tuple, such as every neck.

    The reentrant checkpointing of torch, mmengine's default, searches for tensors that require a
    gradient among the arguments, but not inside tuples. If it finds none, neither the module nor
    the modules before it are trained, and torch only warns.

    No-op: the key is not in the config.
    """
    from mmengine.runner import activation_checkpointing

    def make(original: Callable) -> Callable:
        return functools.partial(original, use_reentrant=False)

    wrap_once(activation_checkpointing, "checkpoint", make)


def compile_without_optimizer() -> None:
    """Exclude the optimizer step from ``compile``.

    mmengine compiles ``train_step`` together with the optimizer, on whose parameter groups the
    compiler of torch 2.13 fails (``InternalTorchDynamoError``). Model and losses stay compiled.

    No-op: the key is not in the config.
    """
    from mmengine.optim import OptimWrapper
    from mmengine.runner import Runner

    def make(original: Callable) -> Callable:
        def _maybe_compile(self, target):
            if self.cfg.get("compile"):
                wrap_once(OptimWrapper, "update_params", torch.compiler.disable)
            return original(self, target)

        return _maybe_compile

    wrap_once(Runner, "_maybe_compile", make)


def remember_bases() -> None:
    """Cache the file of each ``_base_ = "mmdet::..."`` for the process.

    mmengine reads all model index files of the package each time, 102 files of mmdet, which took
    two thirds of the time of reading one of our configs.

    No-op: the base is read for the first time.
    """
    from mmengine.config import config

    wrap_once(config, "_get_external_cfg_path", functools.cache)


def average_from_plain_states() -> None:
    """Let EMA start from a ``load_from`` file that is a plain state dict.

    mmengine's hook expects ``checkpoint["state_dict"]``; the rest of mmengine accepts both.

    No-op: the checkpoint has a ``state_dict``.
    """
    from mmengine.hooks import EMAHook

    def make(original: Callable) -> Callable:
        def after_load_checkpoint(self, runner, checkpoint):
            whole = checkpoint if "state_dict" in checkpoint else dict(state_dict=checkpoint)
            original(self, runner, whole)

        return after_load_checkpoint

    wrap_once(EMAHook, "after_load_checkpoint", make)
