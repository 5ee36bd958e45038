"""A warm-up stated in images lasts as long at every batch."""

import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from toys import CONFIG

from tinydet.errors import InputError
from tinydet.training.schedules import in_steps

WARM_UP = dict(type="LinearLR", start_factor=0.1, by_epoch=False, end_images=10_000)


@pytest.mark.parametrize(("batch", "steps"), [(2, 5000), (8, 1250), (3, 3334), (20_000, 1)])
def test_images_become_steps(batch, steps):
    expected = dict(type="LinearLR", start_factor=0.1, by_epoch=False, end=steps)
    assert in_steps(WARM_UP, batch) == expected
    assert in_steps([WARM_UP], batch) == [expected]
    assert in_steps(dict(generator=[WARM_UP]), batch) == dict(generator=[expected])
    assert "end" not in WARM_UP


def test_other_schedules_stay_as_they_are():
    plain = dict(type="MultiStepLR", milestones=[8])
    assert in_steps([plain, None], 2) == [plain, None]


@pytest.mark.parametrize("wrong", [dict(end=5), dict(by_epoch=True), dict(end_images=0)])
def test_a_contradiction_is_named(wrong):
    with pytest.raises(InputError, match="param_scheduler: end_images=.* of LinearLR"):
        in_steps(dict(WARM_UP, **wrong), 2)


@pytest.mark.parametrize("sampler", [None, dict(type="mmdet.AspectRatioBatchSampler")])
def test_a_run_counts_the_batch_that_it_trains_with(tmp_path, capsys, sampler):
    config = Config({**CONFIG, "work_dir": str(tmp_path / "work")})
    config.train_dataloader.batch_sampler = sampler
    config.param_scheduler = dict(type="LinearLR", by_epoch=False, end_images=8)
    runner = Runner.from_cfg(config)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    (built,) = runner.build_param_scheduler(runner.param_schedulers)
    assert (built.begin, built.end) == (0, 4)
    assert (
        "LinearLR ends after 8 images, that is 4 steps at a batch of 2" in capsys.readouterr().out
    )
