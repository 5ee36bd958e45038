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
from mmengine.runner import Runner
from torch import nn

from tinydet.compat import _wrap_once
from tinydet.schedules import with_images

BETTER = {"_default_greater_keys": ["/AP", "/AR"], "_default_less_keys": ["/oLRP"]}


def install() -> None:
    """Wrap mmengine's classes; a second call changes nothing."""
    _wrap_once(Runner, "from_cfg", _with_constants, classmethod)
    _wrap_once(Runner, "build_evaluator", _with_limit)
    _wrap_once(Runner, "build_optim_wrapper", _with_rates)
    _wrap_once(Runner, "build_param_scheduler", with_images)
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


def _with_constants(original: Callable) -> Callable:
    """Resolve ``constant="auto"`` before anything is built from the config."""

    def from_cfg(cls, cfg):
        from tinydet.auto_constant import resolve_constants

        cfg = copy.deepcopy(cfg)
        resolve_constants(cfg)
        return original.__func__(cls, cfg)

    return from_cfg


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
