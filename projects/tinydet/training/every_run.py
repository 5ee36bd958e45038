"""Extensions of mmengine's ``Runner``, for the tools and for scripts of the user alike.

``Runner.from_cfg(Config.fromfile(path))`` is thus the same run as ``tools/train.py path``. The log
reports each change. The hooks of every training are in :mod:`tinydet.recipes.runtime`.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Mapping

from mmengine.evaluator import Evaluator
from mmengine.hooks import CheckpointHook, EarlyStoppingHook
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

from tinydet.checkpoints import unwrapped
from tinydet.compat.wrapping import wrap_once
from tinydet.errors import InputError
from tinydet.training.lengths import warn_of_other_lengths
from tinydet.training.schedules import with_images

BETTER = {"_default_greater_keys": ["/AP", "/AR", "_AP"], "_default_less_keys": ["oLRP"]}


def install() -> None:
    """Wrap mmengine's classes; a second call changes nothing."""
    wrap_once(Runner, "from_cfg", _resolving, classmethod)
    wrap_once(Runner, "build_evaluator", _with_limit)
    for part in ("train", "val", "test"):
        wrap_once(Runner, f"build_{part}_loop", _with_checks)
    wrap_once(Runner, "build_optim_wrapper", _with_rates)
    wrap_once(Runner, "build_param_scheduler", with_images)
    for hook in (CheckpointHook, EarlyStoppingHook):
        extend_better_rules(hook)


def extend_better_rules(hook: type) -> None:
    """Let ``save_best="auto"``, which mmyolo's configs set, work with the keys of our metrics.

    mmengine decides by lists of names and parts of names whether greater is better. A name that is
    on no list, such as ``aitod/AP``, stops the run at its first validation.
    """
    for attribute, ours in BETTER.items():
        names = getattr(hook, attribute)
        setattr(hook, attribute, [*names, *(name for name in ours if name not in names)])
    wrap_once(hook, "_init_rule", _with_sentence)


def _with_sentence(original: Callable) -> Callable:
    """Explain the error for a name that is on no list."""

    def _init_rule(self, *args):
        try:
            return original(self, *args)
        except ValueError as error:
            raise InputError(
                f"{type(self).__name__}: {error} Correct the name, or give rule='greater' or "
                "rule='less'"
            ) from None

    return _init_rule


def _resolving(original: Callable) -> Callable:
    """Resolve the automatic values of a config before any module is built."""

    def from_cfg(cls, cfg):
        cfg = copy.deepcopy(cfg)
        resolve(cfg)
        return original.__func__(cls, cfg)

    return from_cfg


def resolve(config: Mapping) -> None:
    """Resolve lists of annotation files, ``constant="auto"`` and the loaders' options, in place.

    Raises:
        InputError: See :func:`tinydet.datasets.wrappers.join_lists`,
            :func:`tinydet.configuration.stretch.check_stretch`,
            :func:`tinydet.configuration.auto_constant.resolve_constants` and
            :func:`tinydet.training.batches.clean_loaders`.
    """
    # Imported late: they import mmdet and mmyolo, which `import tinydet` alone does not need.
    from tinydet import models  # noqa: F401, lets mmyolo's detectors pad
    from tinydet.configuration.auto_constant import resolve_constants
    from tinydet.configuration.sliced import slice_pipelines
    from tinydet.configuration.stretch import check_stretch
    from tinydet.datasets.wrappers import join_lists
    from tinydet.training.batches import clean_loaders

    join_lists(config)
    check_stretch(config)
    slice_pipelines(config)
    resolve_constants(config)
    clean_loaders(config)


def _with_checks(original: Callable) -> Callable:
    """Check the loaders, the schedules and the monitored metrics before the first step."""

    def build_loop(self, loop) -> BaseLoop:
        from tinydet.evaluation.monitored import check_monitored
        from tinydet.training.batches import check_batch, check_evaluation, check_training

        built = original(self, loop)
        if isinstance(built, EpochBasedTrainLoop | IterBasedTrainLoop):
            check_training(built.dataloader)
            check_batch(built.dataloader, unwrapped(self.model))
            if isinstance(built, EpochBasedTrainLoop):
                warn_of_other_lengths(self.cfg, built.max_epochs)
        elif isinstance(built, ValLoop | TestLoop):
            name = "val_dataloader" if isinstance(built, ValLoop) else "test_dataloader"
            check_evaluation(built.dataloader, name)
        if isinstance(built, ValLoop) and isinstance(self._train_loop, BaseLoop):
            check_monitored(self.hooks, self.param_schedulers, built.evaluator)
        return built

    return build_loop


def _with_limit(original: Callable) -> Callable:
    """Tell our metrics how many boxes the model keeps, so that they can warn of too few."""

    def build_evaluator(self, evaluator) -> Evaluator:
        from tinydet.evaluation.image_metric import ImageMetric

        built = original(self, evaluator)
        for metric in built.metrics:
            if isinstance(metric, ImageMetric):
                metric.learn_limit(unwrapped(self.model))
        return built

    return build_evaluator


def _with_rates(original: Callable) -> Callable:
    """Log the learning rates in one line; mmengine's line per parameter is filtered out."""

    def build_optim_wrapper(self, optim_wrapper) -> OptimWrapper:
        built = original(self, optim_wrapper)
        several = isinstance(built, OptimWrapperDict)
        for name, wrapper in built.items() if several else [("optimizer", built)]:
            self.logger.info(f"{name}: {rates(unwrapped(self.model), wrapper.param_groups)}")
        return built

    return build_optim_wrapper


def rates(model: nn.Module, groups: list[Mapping]) -> str:
    """Return the learning rates and weight decays, with the number and modules of the parameters.

    Args:
        model: A model.
        groups: ``param_groups`` of its optimizer.
    """
    parts = {id(value): name.split(".")[0] for name, value in model.named_parameters()}
    found = defaultdict(list)
    for group in groups:
        # mmengine's dummy parameter, which holds the base rate, belongs to no module.
        owners = [parts[id(value)] for value in group["params"] if id(value) in parts]
        found[group["lr"], group.get("weight_decay")] += owners
    lines = []
    for (rate, decay), owners in found.items():
        decay = "" if decay is None else f", weight decay {decay:g}"
        names = ", ".join(dict.fromkeys(owners))
        lines.append(f"lr {rate:g}{decay}: {len(owners)} parameters ({names})")
    return "; ".join(lines)
