"""What a run gets from ``Runner.from_cfg`` alone, as from the tools."""

import json

import pytest
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.hooks import CheckpointHook, EarlyStoppingHook
from mmengine.runner import Runner
from toys import CONFIG

from tinydet.errors import InputError
from tinydet.training import every_run


@pytest.fixture
def config(tmp_path):
    return Config({**CONFIG, "work_dir": str(tmp_path / "work")})


def test_constants_are_numbers_before_anything_is_built(config, tmp_path):
    boxes = [dict(id=1, image_id=1, category_id=1, bbox=[0, 0, 4, 9])]
    image = dict(id=1, file_name="1.png", width=10, height=10)
    coco = dict(images=[image], annotations=boxes, categories=[dict(id=1, name="car")])
    (tmp_path / "a.json").write_text(json.dumps(coco))
    config.model.constant = "auto"
    config.train_dataloader.dataset = dict(ann_file=str(tmp_path / "a.json"))
    runner = Runner.from_cfg(config)
    assert runner.model.constant == 6
    assert runner.cfg.auto_constant.pixels == 6  # as the log and the saved config have it
    assert config.model.constant == "auto"  # the caller's is as it was
    config.train_dataloader.dataset.ann_file = str(tmp_path / "b.json")
    with pytest.raises(InputError, match="b.json does not exist"):
        Runner.from_cfg(config)


def test_a_config_may_be_a_dictionary_and_the_runner_a_subclass(config, tmp_path):
    class Mine(Runner):
        pass

    runner = Mine.from_cfg(config.to_dict())
    assert type(runner) is Mine


@pytest.mark.parametrize(
    ("test_cfg", "given", "expected"),
    [
        (dict(max_per_img=7), None, 7),
        (dict(rpn=dict(max_per_img=9), rcnn=dict(max_per_img=7)), None, 7),
        (dict(max_per_img=7), 5, 5),
        (None, None, None),
    ],
)
def test_metrics_learn_how_many_boxes_the_model_keeps(config, test_cfg, given, expected):
    config.model.test_cfg = test_cfg
    runner = Runner.from_cfg(config)
    metric = dict(type="tinydet.AITODMetric", ann_file="a.json", max_per_img=given)
    built = runner.build_evaluator([metric, metric])
    assert [one.max_per_img for one in built.metrics] == [expected, expected]
    assert isinstance(runner.build_evaluator(Evaluator([])), Evaluator)


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        *(("aitod/AP", "greater"), ("aitod/AP_vt", "greater"), ("visdrone_coco/AP", "greater")),
        *(("mine/AR_500", "greater"), ("aitod/oLRP", "less"), ("aitod/oLRP_Localisation", "less")),
        *(("coco/bbox_mAP", "greater"), ("loss", "less")),
    ],
)
def test_which_numbers_are_better(key, rule):
    assert CheckpointHook(save_best=key).rules == [rule]
    assert EarlyStoppingHook(monitor=key).rule == rule


def test_custom_learning_rates_are_said_in_a_line(config, capsys):
    rates = dict(backbone=dict(lr_mult=0.1))
    config.optim_wrapper.paramwise_cfg = dict(custom_keys=rates, bias_decay_mult=0)
    runner = Runner.from_cfg(config)
    runner.train()
    printed = capsys.readouterr()
    (line,) = (line for line in printed.out.splitlines() if "optimizer: " in line)
    # 4 of the backbone; weight and bias of the head.
    assert line.endswith(
        "optimizer: lr 0.001, weight decay 0.1: 4 parameters (backbone); "
        "lr 0.01, weight decay 0.1: 1 parameters (head); "
        "lr 0.01, weight decay 0: 1 parameters (head)"
    )
    assert "paramwise_options" not in printed.out + printed.err


def test_installing_twice_wraps_once():
    before = Runner.from_cfg.__func__, Runner.build_evaluator, [*CheckpointHook._default_less_keys]
    every_run.install()
    after = Runner.from_cfg.__func__, Runner.build_evaluator, [*CheckpointHook._default_less_keys]
    assert before == after
