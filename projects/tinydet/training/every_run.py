"""What each run of a mmengine ``Runner`` gets, from the tools or from a script of the user's.

``Runner.from_cfg(Config.fromfile(path))`` thus is the run of ``tools/train.py path``; what is done
here is said in the log. The hooks that every training has are in ``configs/_base_/runtime.py``.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Mapping

from mmengine.evaluator import Evaluator
from mmengine.hooks import CheckpointHook, EarlyStoppingHook
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import (
    BaseLoop,
    EpochBasedTrainLoop,
    IterBasedTrainLoop,
    Runner,
    TestLoop,
    ValLoop,
)
from torch import nn

from tinydet.compat.wrapping import wrap_once
from tinydet.errors import InputError
from tinydet.training.schedules import with_images

BETTER = {"_default_greater_keys": ["/AP", "/AR", "_AP"], "_default_less_keys": ["oLRP"]}


def install() -> None:
    """Wrap mmengine's classes; a second call changes nothing."""
    wrap_once(Runner, "from_cfg", _settled, classmethod)
    wrap_once(Runner, "build_evaluator", _with_limit)
    for part in ("train", "val", "test"):
        wrap_once(Runner, f"build_{part}_loop", _with_checks)
    wrap_once(Runner, "build_optim_wrapper", _with_rates)
    wrap_once(Runner, "build_param_scheduler", with_images)
    for hook in (CheckpointHook, EarlyStoppingHook):
        name_what_is_better(hook)


def name_what_is_better(hook: type) -> None:
    """Let ``save_best="auto"``, which mmyolo's configs have, work with the keys of our metrics.

    mmengine knows from lists of names, and of parts of names, whether more of a number is better,
    and stops at the first validation where a name, such as ``aitod/AP``, is on none.
    """
    for attribute, ours in BETTER.items():
        names = getattr(hook, attribute)
        setattr(hook, attribute, [*names, *(name for name in ours if name not in names)])
    wrap_once(hook, "_init_rule", _with_sentence)


def _with_sentence(original: Callable) -> Callable:
    """Say what to do about a name that is on none of the lists."""

    def _init_rule(self, *args):
        try:
            return original(self, *args)
        except ValueError as error:
            raise InputError(
                f"{type(self).__name__}: {error} Correct the name, or give rule='greater' or "
                "rule='less'"
            ) from None

    return _init_rule


def _settled(original: Callable) -> Callable:
    """Settle what a config leaves open, before anything is built from it."""

    def from_cfg(cls, cfg):
        cfg = copy.deepcopy(cfg)
        settle(cfg)
        return original.__func__(cls, cfg)

    return from_cfg


def settle(config: Mapping) -> None:
    """Write lists of annotation files out, ``constant="auto"`` and the loaders' numbers, in place.

    Raises:
        InputError: See :func:`tinydet.datasets.wrappers.join_lists`,
            :func:`tinydet.configuration.stretch.check_stretch`,
            :func:`tinydet.configuration.auto_constant.resolve_constants` and
            :func:`tinydet.training.batches.settle_loaders`.
    """
    # Here: they import mmdet and mmyolo, which `import tinydet` alone has no need of.
    from tinydet import models  # noqa: F401, lets mmyolo's detectors pad
    from tinydet.configuration.auto_constant import resolve_constants
    from tinydet.configuration.sliced import slice_pipelines
    from tinydet.configuration.stretch import check_stretch
    from tinydet.datasets.wrappers import join_lists
    from tinydet.training.batches import settle_loaders

    join_lists(config)
    check_stretch(config)
    slice_pipelines(config)
    resolve_constants(config)
    settle_loaders(config)


def _with_checks(original: Callable) -> Callable:
    """Look before the first step at loaders and at the numbers that a training waits for."""

    def build_loop(self, loop) -> BaseLoop:
        from tinydet.evaluation.monitored import check_monitored
        from tinydet.training.batches import check_evaluation, check_training

        built = original(self, loop)
        if isinstance(built, EpochBasedTrainLoop | IterBasedTrainLoop):
            check_training(built.dataloader)
        elif isinstance(built, ValLoop | TestLoop):
            name = "val_dataloader" if isinstance(built, ValLoop) else "test_dataloader"
            check_evaluation(built.dataloader, name)
        if isinstance(built, ValLoop) and isinstance(self._train_loop, BaseLoop):
            check_monitored(self.hooks, self.param_schedulers, built.evaluator)
        return built

    return build_loop


def _with_limit(original: Callable) -> Callable:
    """Tell our metrics how many boxes the model keeps, so that they can warn when it is few."""

    def build_evaluator(self, evaluator) -> Evaluator:
        from tinydet.evaluation.image_metric import ImageMetric

        built = original(self, evaluator)
        for metric in built.metrics:
            if isinstance(metric, ImageMetric):
                metric.learn_limit(bare(self.model))
        return built

    return build_evaluator


def _with_rates(original: Callable) -> Callable:
    """Log the learning rates in a line: mmengine's lines of each parameter stay out of the log."""

    def build_optim_wrapper(self, optim_wrapper) -> OptimWrapper:
        built = original(self, optim_wrapper)
        several = isinstance(built, OptimWrapperDict)
        for name, wrapper in built.items() if several else [("optimizer", built)]:
            self.logger.info(f"{name}: {rates(bare(self.model), wrapper.param_groups)}")
        return built

    return build_optim_wrapper


def bare(model: nn.Module) -> nn.Module:
    """Return a model without what distributes it."""
    return model.module if is_model_wrapper(model) else model


def rates(model: nn.Module, groups: list[Mapping]) -> str:
    """Return how many parameters have which learning rate and weight decay, and whose they are.

    Args:
        model: The model.
        groups: ``param_groups`` of its optimizer.
    """
    parts = {id(value): name.split(".")[0] for name, value in model.named_parameters()}
    found = defaultdict(list)
    for group in groups:
        # mmengine's own number, which holds the rates of the config, is no part.
        owners = [parts[id(value)] for value in group["params"] if id(value) in parts]
        found[group["lr"], group.get("weight_decay")] += owners
    lines = []
    for (rate, decay), owners in found.items():
        decay = "" if decay is None else f", weight decay {decay:g}"
        names = ", ".join(dict.fromkeys(owners))
        lines.append(f"lr {rate:g}{decay}: {len(owners)} parameters ({names})")
    return "; ".join(lines)
