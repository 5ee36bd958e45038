"""Check the names of monitored metrics before the first step of a training.

mmengine looks these names up after the first validation: a ``save_best`` that no evaluator returns
stops the training there, and an ``EarlyStoppingHook`` only warns, after every validation.
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
    """Check the metrics that the hooks and schedulers of a run monitor.

    Args:
        hooks: Hooks of the run.
        schedulers: Schedulers built from ``param_scheduler``.
        evaluator: Evaluator of the validation, with the metainfo of its data set.

    Raises:
        InputError: The evaluator will not return a monitored metric, or the rule takes the worst
            value for the best. Nothing is checked if an evaluator has a metric class whose names
            are unknown.
    """
    given = [_given(metric, evaluator.dataset_meta or {}) for metric in evaluator.metrics]
    if None in given:
        return
    names = [name for part in given for name in part]
    for setting, name, rule in _monitored(hooks, schedulers):
        if name not in names and not name.startswith("val"):  # val_loss and its parts
            raise InputError(
                f"{setting}={name!r}: val_evaluator returns no such metric{_nearest(name, names)}; "
                f"it returns {some(names, 9)}"
            )
        if "oLRP" in name and rule == "greater":
            raise InputError(
                f"{setting}={name!r} is an error, for which less is better, but its rule is "
                "'greater'; set rule='less'"
            )


def _monitored(
    hooks: Iterable[Hook], schedulers: Sequence | Mapping | None
) -> Iterator[tuple[str, str, str]]:
    """Yield the setting, the name and the rule of each monitored metric."""
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
    """Return the names that a metric class returns, or None if they are unknown."""
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
    """Suggest the same quantity under another prefix, or else the most similar name."""

    def kind(full: str) -> str:
        return full.rpartition("/")[2].replace("bbox_", "").replace("mAP", "AP")

    same = [other for other in names if kind(other) == kind(name)]
    return did_you_mean(same[0], same) if same else did_you_mean(name, names)
