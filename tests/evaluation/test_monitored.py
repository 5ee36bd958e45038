"""Names of numbers that a training waits for: told before its first step."""

from types import SimpleNamespace

import pytest
from mmdet.evaluation.metrics import CocoMetric, VOCMetric
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.hooks import CheckpointHook, EarlyStoppingHook
from mmengine.runner import Runner
from toys import CONFIG

from tinydet.errors import InputError
from tinydet.evaluation import AITODMetric, VisDroneMetric
from tinydet.evaluation.monitored import check_monitored
from tinydet.training import every_run


def check(hook_or_scheduler, *metrics):
    evaluator = Evaluator(list(metrics) or [AITODMetric("gt.json")])
    evaluator.dataset_meta = dict(classes=("boat", "stop sign"))
    is_scheduler = hasattr(hook_or_scheduler, "step")
    given = [hook_or_scheduler]
    check_monitored(*(([], given) if is_scheduler else (given, [])), evaluator)


@pytest.fixture(autouse=True)
def _rules(monkeypatch):
    every_run.install()
    for metric in (AITODMetric, VisDroneMetric):  # whose files are not what is tested here
        monkeypatch.setattr(metric, "ground_truth", lambda self: None)


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("auto", None),
        ("aitod/AP", None),
        ("aitod/boat_AP", None),
        ("aitod/boat_oLRP", None),
        ("aitod/AR@1500", None),
        ("coco/bbox_mAP_50", CocoMetric()),
        ("coco/boat_precision", CocoMetric(classwise=True)),
        ("pascal_voc/AP50", VOCMetric()),
        ("visdrone/boat_AP_50", VisDroneMetric("gt.json")),
        (
            "visdrone_coco/AR_500",
            VisDroneMetric("gt.json", "coco", ignore_rule="drop", max_dets=500),
        ),
        ("val_loss", None),
        ("other/AP", BaseMetric),  # its names are not known
    ],
)
def test_names_that_are_given(name, metric):
    metrics = [] if metric is None else [metric]
    if metric is BaseMetric:
        metrics = [type("Other", (BaseMetric,), dict(process=None, compute_metrics=None))()]
    check(CheckpointHook(save_best=name), *metrics)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("coco/bbox_mAP", "aitod/AP"),
        ("coco/bbox_mAP_75", "aitod/AP_75"),
        ("aitod/bota_AP", "aitod/boat_AP"),
        ("aitod/AP_vtt", "aitod/AP_vt"),
    ],
)
def test_names_that_are_not(name, near):
    sentence = f"={name!r}: val_evaluator returns no such metric .did you mean {near!r}"
    for hook in (CheckpointHook(save_best=name), EarlyStoppingHook(monitor=name)):
        with pytest.raises(InputError, match=sentence):
            check(hook)
    scheduler = SimpleNamespace(monitor=name, rule="greater", step=None)
    with pytest.raises(InputError, match=sentence):
        check(scheduler)


def test_aitod_asked_of_coco():
    with pytest.raises(InputError, match="did you mean 'coco/bbox_mAP'"):
        check(CheckpointHook(save_best="aitod/AP"), CocoMetric())


def test_an_error_is_not_better_where_it_is_more():
    # "top" in a name makes mmengine take the greatest: here it stands in "stop sign".
    with pytest.raises(InputError, match="give rule='less'"):
        check(CheckpointHook(save_best="aitod/stop sign_oLRP"))
    check(CheckpointHook(save_best="aitod/stop sign_oLRP", rule="less"))


@pytest.mark.parametrize("hook", [CheckpointHook, EarlyStoppingHook])
def test_a_name_of_which_nobody_knows_whether_more_is_better(hook):
    key = "save_best" if hook is CheckpointHook else "monitor"
    with pytest.raises(InputError, match=r"aitod/boat.*give rule='greater' or rule='less'"):
        hook(**{key: "aitod/boat"})


def test_a_run_stops_before_its_first_step(tmp_path):
    data = dict(batch_size=1, dataset=[0], sampler=dict(type="DefaultSampler"))
    config = {
        **CONFIG,
        "work_dir": str(tmp_path / "work"),
        "val_dataloader": data,
        "val_cfg": dict(),
        "val_evaluator": dict(type="tinydet.AITODMetric", ann_file="gt.json"),
        "default_hooks": dict(checkpoint=dict(type="CheckpointHook", save_best="coco/bbox_mAP")),
    }
    with pytest.raises(InputError, match="default_hooks.checkpoint.save_best='coco/bbox_mAP'"):
        Runner.from_cfg(config).train()
    assert not list((tmp_path / "work").glob("*.pth"))
