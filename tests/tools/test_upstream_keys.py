"""Keys that mmengine's users write do, in our tools, what mmengine's documentation says."""

from pathlib import Path

import pytest
import torch
import toys
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import HOOKS, RUNNERS
from mmengine.runner import Runner
from two_processes import in_two_processes

from tinydet.checkpoints import read_checkpoint
from tinydet.recipes.runtime import default_hooks


@pytest.fixture
def train(tool, tmp_path, monkeypatch, capsys):
    """Train the toy with more keys in its config; return what was printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **keys):
        Config({**toys.CONFIG, **keys}).dump(tmp_path / "toy.py")
        capsys.readouterr()
        assert tool("train").main(["toy.py", *arguments]) == 0
        printed = capsys.readouterr()
        return printed.out + printed.err

    return run


def weights(folder):
    state = read_checkpoint(Path(folder) / "epoch_1.pth")["state_dict"]
    return {key: value for key, value in state.items() if "num_batches" not in key}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (dict(compile=dict(backend="eager")), 'Model has been "compiled"'),
        (dict(activation_checkpointing=["head"]), 'the "activation_checkpointing" feature'),
        (dict(efficient_conv_bn_eval=["backbone"]), 'the "efficient_conv_bn_eval" feature'),
        (dict(find_unused_parameters=True, sync_bn="torch"), "Distributed training is not used"),
        (dict(model_wrapper_cfg=dict(type="MMDistributedDataParallel")), "Epoch(train) [1][4/4]"),
        (dict(runner_type="Runner"), "Epoch(train) [1][4/4]"),
    ],
)
def test_what_changes_how_a_run_computes_changes_no_weight(train, keys, said):
    train("--work-dir", "plain")
    assert said in train("--work-dir", "other", **keys)
    torch.testing.assert_close(weights("other"), weights("plain"))


def test_no_false_alarm_of_the_order_of_steps(train, recwarn):
    train()
    assert not [one for one in recwarn if "scheduler.step" in str(one.message)]


def test_a_work_dir_of_the_config_is_used_and_the_option_comes_first(train, tmp_path):
    train(work_dir="mine")
    assert (tmp_path / "mine" / "epoch_1.pth").is_file()
    train("--work-dir", "other", work_dir="mine")
    assert (tmp_path / "other" / "epoch_1.pth").is_file()
    assert not (tmp_path / "work_dirs").exists()


def test_resume_of_the_config(train, tmp_path):
    """As mmengine has it: the newest checkpoint if there is one, else from the beginning."""
    assert "Epoch(train) [1][4/4]" in train(work_dir="mine", resume=True)
    longer = dict(by_epoch=True, max_epochs=2)
    printed = train(work_dir="mine", resume=True, train_cfg=longer)
    assert "[1][4/4]" not in printed
    assert "Epoch(train) [2][4/4]" in printed
    first = str(tmp_path / "mine" / "epoch_1.pth")
    printed = train(work_dir="other", resume=True, load_from=first, train_cfg=longer)
    assert "[1][4/4]" not in printed
    assert "Epoch(train) [2][4/4]" in printed
    # --resume goes on with the newest, not with what the training started from.
    longest = dict(by_epoch=True, max_epochs=3)
    printed = train("--resume", work_dir="other", load_from=first, train_cfg=longest)
    assert "[2][4/4]" not in printed
    assert "Epoch(train) [3][4/4]" in printed


def test_a_runner_of_the_users(train, monkeypatch):
    class Mine(Runner):
        def train(self):
            self.logger.info("a runner of mine")
            return super().train()

    monkeypatch.setitem(RUNNERS.module_dict, "Mine", Mine)
    assert "a runner of mine" in train(runner_type="Mine")


def test_hooks_are_added_where_they_are_not_and_the_log_says_so(train):
    line = "hooks added to the config: "
    ours = [f"tinydet.{name}Hook" for name in ("ClassNumber", "Resume", "StopAtNaN", "SyncBuffers")]
    assert line + ", ".join(ours) in train()
    hooks = [dict(type=name) for name in ours[:3]]
    assert line + ours[3] in train(custom_hooks=hooks)
    of_base = {
        key: hook for key, hook in default_hooks.items() if hook["type"].startswith("tinydet.")
    }
    assert line not in train(default_hooks=of_base)


class Probe(Hook):
    """Write down how the model was wrapped."""

    def after_train(self, runner):
        kinds = {type(module).__name__ for module in runner.model.modules()}
        print(f"wrapped: {sorted(kinds)} {runner.model.find_unused_parameters}", flush=True)


HOOKS.register_module(module=Probe, force=True)


@pytest.mark.skipif(torch.cuda.is_available(), reason="gloo, and BN without a kernel")
@pytest.mark.parametrize(
    ("keys", "works"),
    [
        (dict(), False),
        (dict(find_unused_parameters=True, sync_bn="torch"), True),
        (dict(model_wrapper_cfg=dict(find_unused_parameters=True)), True),
    ],
)
def test_a_part_without_gradient_on_two_processes(tool, tmp_path, monkeypatch, keys, works):
    monkeypatch.chdir(tmp_path)
    config = {**toys.CONFIG, "model": dict(type="Toy", spare=True), **keys}
    Config({**config, "custom_hooks": [dict(type="Probe")]}).dump(tmp_path / "toy.py")
    texts, ended = in_two_processes(
        lambda rank: tool("train").main(["toy.py", "--launcher", "pytorch"]), tmp_path
    )
    printed = "".join(texts)
    if not works:
        assert "Expected to have finished reduction in the prior iteration" in printed
        return
    assert ended, printed[-3000:]
    (wrapped,) = {line for line in printed.splitlines() if line.startswith("wrapped: ")}
    assert "'MMDistributedDataParallel'" in wrapped
    assert "'BatchNorm1d'" in wrapped
    assert "SyncBatchNorm" not in wrapped
    assert wrapped.endswith(" True")
    assert ("sync_bn='torch' needs GPUs; plain BN is used" in printed) == ("sync_bn" in keys)
