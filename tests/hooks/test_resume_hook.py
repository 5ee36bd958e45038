"""Whose rate and schedule a resumed training has is said, and can be chosen."""

import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.optim import ExponentialLR
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from toys import CONFIG

from tinydet.errors import InputError
from tinydet.hooks.resume_hook import ResumeHook, fast_forward


@HOOKS.register_module()
class RatesOfSteps(Hook):
    """Keeps the rate of each step, and the momentum of the first parameter."""

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.rates = [*getattr(self, "rates", []), *runner.optim_wrapper.get_lr()["lr"][:1]]
        self.state = copy.deepcopy(runner.optim_wrapper.state_dict()["state"])


@pytest.fixture
def train(tmp_path, capsys):
    """Return a function that trains and returns the rates of its steps and the warnings."""

    def run(epochs, lr=0.01, schedule="checkpoint", folder="work", resume=False, **changes):
        warm_up = dict(type="LinearLR", start_factor=0.1, by_epoch=False, end=6)
        decay = dict(type="CosineAnnealingLR", T_max=epochs, eta_min=lr / 100)
        config = Config(copy.deepcopy(CONFIG))
        config.update(
            work_dir=str(tmp_path / folder),
            resume=resume,
            train_cfg=dict(by_epoch=True, max_epochs=epochs),
            param_scheduler=[warm_up, decay],
            custom_hooks=[
                dict(type="tinydet.ResumeHook", schedule=schedule),
                dict(type="RatesOfSteps"),
            ],
        )
        config.optim_wrapper.optimizer.update(lr=lr, momentum=0.5)
        config.merge_from_dict(changes)
        runner = Runner.from_cfg(config)
        capsys.readouterr()
        runner.train()
        printed = capsys.readouterr()
        lines = (printed.out + printed.err).splitlines()
        (hook,) = (hook for hook in runner.hooks if isinstance(hook, RatesOfSteps))
        warnings = [line for line in lines if "WARNING" in line]
        return getattr(hook, "rates", []), getattr(hook, "state", None), warnings

    return run


def test_the_checkpoints_wins_and_the_configs_is_offered(train):
    first, _, warnings = train(2)
    assert len(first) == 8
    assert not warnings
    again, _, (line,) = train(3, lr=0.1, resume=True)
    cosine = "CosineAnnealingLR"
    assert line.endswith(
        "--resume: rate and schedule of the checkpoint override the config's: lr 0.01 (config: "
        f"0.1), {cosine}.T_max 2 (config: 3), {cosine}.end 2 (config: 3), {cosine}.eta_min 0.0001 "
        "(config: 0.001); --resume --new-schedule uses the config's"
    )
    assert max(again) < 0.01


def test_the_same_config_says_nothing(train, tmp_path):
    straight, _, _ = train(3)
    (tmp_path / "work/last_checkpoint").write_text(str(tmp_path / "work/epoch_2.pth"))
    rates, _, warnings = train(3, resume=True)
    assert rates == pytest.approx(straight[8:])
    assert warnings == []


def test_the_configs_as_if_it_had_been_so_from_the_start(train):
    train(2)
    straight, _, _ = train(4, lr=0.1, folder="other")
    rates, _, warnings = train(4, lr=0.1, schedule="config", resume=True)
    assert rates == pytest.approx(straight[8:])
    assert not warnings
    assert len(rates) == 8


def test_momenta_are_the_checkpoints(train, tmp_path):
    train(1)
    path = tmp_path / "work" / "epoch_1.pth"
    saved = torch.load(path, weights_only=False)
    for momentum in saved["optimizer"]["state"].values():
        momentum["momentum_buffer"].fill_(0.0)
    saved["optimizer"]["state"][0]["momentum_buffer"].fill_(5.0)
    torch.save(saved, path)
    # Half of it is left after each of four steps; the last look is before the fourth.
    _, state, _ = train(2, lr=1e-9, schedule="config", resume=True, folder="work")
    assert state[0]["momentum_buffer"].item() == pytest.approx(5 / 2**3, abs=0.2)


def test_nothing_left_to_train(train):
    train(2)
    rates, _, (line,) = train(2, resume=True)
    assert rates == []
    assert "the checkpoint has 2 of train_cfg.max_epochs=2, so nothing is left to" in line


def test_a_new_training_over_an_old_one(train):
    train(1)
    _, _, (line,) = train(1)
    assert (
        "work holds an earlier training, up to epoch_1.pth, and this training starts from scratch"
        in line
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"optim_wrapper.optimizer": dict(_delete_=True, type="AdamW", lr=1, weight_decay=0.1)},
            "has 6 groups of 6 parameters with momentum, the config's 6 of 6 with betas",
        ),
        (
            {"optim_wrapper.paramwise_cfg": None},
            "has 6 groups of 6 parameters with momentum, the config's 1 of 6 with momentum",
        ),
        (
            {"param_scheduler": [dict(type="MultiStepLR", milestones=[1])]},
            r"has 2 schedules of other kinds than the config's 1 \(MultiStepLR\)",
        ),
    ],
)
def test_states_that_do_not_fit(train, changes, words):
    train(1)
    with pytest.raises(InputError, match=words):
        train(2, resume=True, **changes)


def test_other_kinds_of_schedules_can_be_new(train):
    train(1)
    new = [dict(type="MultiStepLR", milestones=[1], gamma=0.5)]
    rates, _, _ = train(2, schedule="config", resume=True, param_scheduler=new)
    assert rates == pytest.approx([0.005] * 4)


def test_schedules_of_iterations_alone():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    schedule = ExponentialLR(optimizer, gamma=0.5, by_epoch=False)
    fast_forward([schedule], 0, 3)
    assert optimizer.param_groups[0]["lr"] == 0.125


def test_a_choice_that_is_none():
    with pytest.raises(InputError, match="schedule='mine' is none of checkpoint, config"):
        ResumeHook("mine")
