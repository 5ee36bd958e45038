"""The numbers that a training waits for, checked before its first step.

mmengine looks them up after the first validation: a ``save_best`` that no metric gives ends the
training there, and an ``EarlyStoppingHook`` only warns, at each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mmdet.evaluation.metrics import CocoMetric, VOCMetric
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.hooks import CheckpointHook, EarlyStoppingHook, Hook

from tinydet.datasets.annotations import some
from tinydet.errors import InputError, did_you_mean
from tinydet.evaluation.image_metric import ImageMetric

COCO_ITEMS = ("mAP", "mAP_50", "mAP_75", "mAP_s", "mAP_m", "mAP_l")


def check_monitored(
    hooks: Iterable[Hook], schedulers: Sequence | Mapping | None, evaluator: Evaluator
) -> None:
    """Check the names of numbers that hooks and schedulers of a run refer to.

    Args:
        hooks: Of the run.
        schedulers: Built from ``param_scheduler``.
        evaluator: Of the validation, which knows its data set's classes.

    Raises:
        InputError: A name that the evaluator will not give, or a rule that takes the worst number
            for the best. Nothing is checked beside a metric whose names are not known.
    """
    given = [_given(metric, evaluator.dataset_meta or {}) for metric in evaluator.metrics]
    if None in given:
        return
    names = [name for part in given for name in part]
    for setting, name, rule in _monitored(hooks, schedulers):
        if name not in names and not name.startswith("val"):  # losses of the validation
            raise InputError(
                f"{setting}={name!r}: val_evaluator gives no such number{_nearest(name, names)}; "
                f"it gives {some(names, 9)}"
            )
        if "oLRP" in name and rule == "greater":
            raise InputError(
                f"{setting}={name!r} is an error, of which less is better, and its rule is "
                "'greater'; give rule='less'"
            )


def _monitored(
    hooks: Iterable[Hook], schedulers: Sequence | Mapping | None
) -> Iterator[tuple[str, str, str]]:
    """Yield the setting, the name and the rule of each number that is waited for."""
    for hook in hooks:
        if isinstance(hook, CheckpointHook) and hook.save_best:
            for name, rule in zip(hook.key_indicators, hook.rules, strict=True):
                if name != "auto":
                    yield "default_hooks.checkpoint.save_best", name, rule
        elif isinstance(hook, EarlyStoppingHook):
            yield "EarlyStoppingHook: monitor", hook.monitor, hook.rule
    groups = schedulers.values() if isinstance(schedulers, Mapping) else [schedulers or []]
    for scheduler in (scheduler for group in groups for scheduler in group):
        if hasattr(scheduler, "monitor"):
            yield f"{type(scheduler).__name__}: monitor", scheduler.monitor, scheduler.rule


def _given(metric: BaseMetric, meta: Mapping) -> list[str] | None:
    """Return the names that a metric gives, ``None`` where they are not known."""
    classes = meta.get("classes") or ()
    if getattr(metric, "format_only", False):
        names = []
    elif isinstance(metric, ImageMetric):
        names = metric.names(classes)
    elif type(metric) is CocoMetric and metric.metrics == ["bbox"]:
        names = [f"bbox_{item}" for item in metric.metric_items or COCO_ITEMS]
        names += [f"{name}_precision" for name in classes if metric.classwise]
    elif type(metric) is VOCMetric and metric.metric == "mAP":
        names = ["mAP", *(f"AP{int(threshold * 100):02d}" for threshold in metric.iou_thrs)]
    else:
        return None
    return [f"{metric.prefix}/{name}" if metric.prefix else name for name in names]


def _nearest(name: str, names: Sequence[str]) -> str:
    """Return a question for the same number of another metric, or for the most alike."""

    def kind(full: str) -> str:
        return full.rpartition("/")[2].replace("bbox_", "").replace("mAP", "AP")

    same = [other for other in names if kind(other) == kind(name)]
    return did_you_mean(same[0], same) if same else did_you_mean(name, names)
