"""Keys of a config and checkpoints that mmengine's runner reads but does not handle."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch

from tinydet.compat.wrapping import wrap_once


def checkpoint_activations() -> None:
    """Let ``activation_checkpointing`` train modules that take a tuple, such as every neck.

    torch's older way of checkpointing, which mmengine leaves at its default, looks for tensors that
    need a gradient among the arguments alone, not inside them, and where it finds none neither the
    module nor what comes before it is trained. A warning is all that is said.

    No-op: the key is not in the config.
    """
    from mmengine.runner import activation_checkpointing

    def make(original: Callable) -> Callable:
        return functools.partial(original, use_reentrant=False)

    wrap_once(activation_checkpointing, "checkpoint", make)


def compile_without_optimizer() -> None:
    """Let ``compile`` leave the step of the optimizer as it is.

    mmengine compiles ``train_step`` with the optimizer inside, whose parameter groups the compiler
    of torch 2.13 cannot follow (``InternalTorchDynamoError``). Model and losses are what counts.

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
    """Look for the file of each ``_base_ = "mmdet::..."`` once in a process.

    mmengine reads all lists of models of the package, 102 of mmdet's, each time, which was two
    thirds of the time that reading one of our configs took.

    No-op: the base was not asked for before.
    """
    from mmengine.config import config

    wrap_once(config, "_get_external_cfg_path", functools.cache)


def average_from_plain_states() -> None:
    """Let EMA start from a ``load_from`` that holds tensors alone, as files of weights do.

    mmengine's hook looks for ``checkpoint["state_dict"]`` where the rest of it takes both.

    No-op: the checkpoint has a ``state_dict``.
    """
    from mmengine.hooks import EMAHook

    def make(original: Callable) -> Callable:
        def after_load_checkpoint(self, runner, checkpoint):
            whole = checkpoint if "state_dict" in checkpoint else dict(state_dict=checkpoint)
            original(self, runner, whole)

        return after_load_checkpoint

    wrap_once(EMAHook, "after_load_checkpoint", make)
