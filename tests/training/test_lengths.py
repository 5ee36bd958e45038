"""Settings of another number of epochs are named before the first step."""

import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from toys import CONFIG

from tinydet.training.lengths import other_lengths

WARM_UP = dict(type="LinearLR", by_epoch=False, begin=0, end=500)
COSINE = dict(type="CosineAnnealingLR", T_max=12, begin=0, end=12, by_epoch=True)
SWITCH = dict(type="mmdet.PipelineSwitchHook", switch_epoch=10)
LATE = dict(COSINE, begin=2)
MILESTONES = dict(type="MultiStepLR", milestones=[8], end=12)


@pytest.mark.parametrize(
    ("schedule", "named"),
    [
        ([WARM_UP, COSINE], ["1.T_max=12", "1.end=12"]),
        (COSINE, ["T_max=12", "end=12"]),
        (dict(generator=[COSINE]), ["generator.0.T_max=12", "generator.0.end=12"]),
        ([MILESTONES], ["0.end=12"]),
        ([LATE, dict(LATE, T_max=10)], ["0.T_max=12", "0.end=12", "1.end=12"]),
    ],
)
def test_schedules_of_another_length_are_named(schedule, named):
    config = dict(param_scheduler=schedule)
    assert other_lengths(config, 12) == []
    wanted = [f"param_scheduler.{name}" for name in named]
    assert other_lengths(config, 24) == other_lengths(config, 8) == wanted


@pytest.mark.parametrize(
    "schedule",
    [
        WARM_UP,
        None,
        dict(type="MultiStepLR", milestones=[8]),  # without an end it lasts forever
        [dict(type="LinearLR", end=3), dict(COSINE, begin=3, end=24)],
    ],
)
def test_schedules_of_any_length_are_right(schedule):
    assert other_lengths(dict(param_scheduler=schedule), 24) == []


def test_hooks_are_named_with_the_rest_or_where_they_never_act():
    hooks = dict(
        default_hooks=dict(param_scheduler=dict(type="Hook", max_epochs=12)), custom_hooks=[SWITCH]
    )
    assert other_lengths(hooks, 12) == []
    both = ["default_hooks.param_scheduler.max_epochs=12", "custom_hooks.0.switch_epoch=10"]
    assert other_lengths(hooks, 24) == both
    assert other_lengths(dict(custom_hooks=[SWITCH]), 24) == []
    assert other_lengths(dict(custom_hooks=[SWITCH]), 10) == both[1:]


def test_a_training_warns_before_its_first_step(tmp_path, capsys):
    config = Config({**CONFIG, "work_dir": str(tmp_path / "work")})
    config.param_scheduler = [dict(type="MultiStepLR", milestones=[1], end=7)]
    runner = Runner.from_cfg(config)
    runner.build_train_loop(runner._train_loop)
    assert "belong to another number: param_scheduler.0.end=7" in capsys.readouterr().out
