"""Running a table with tools that only pretend: what is run, what is not, what is recorded."""

import functools
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tinydet.errors import InputError
from tinydet.runs.claim import Claim
from tinydet.runs.commands import TOOLS, Launcher
from tinydet.runs.plan import plan
from tinydet.runs.queue import work_off
from tinydet.runs.trainer import Trainer
from tinydet.tables.published import read_table
from tinydet.tables.results import ResultStore


@pytest.fixture
def run(tool, tree, tools, tmp_path, monkeypatch):
    """``run("--seeds", "2")`` is ``tools/tables/run.py`` on the toy table."""
    module = tool("tables/run")
    monkeypatch.setattr(module, "Launcher", functools.partial(Launcher, tools=tools))
    work = tmp_path / "work"

    def call(*words, table=str(tree / "tables/toy.csv")):
        return module.main([table, "--work-dir", str(work), *words])

    call.work = work
    call.store = ResultStore(tree)
    return call


def trainings(folder):
    path = folder / "calls.txt"
    return path.read_text().splitlines() if path.exists() else []


def test_rows_are_trained_tested_and_recorded_with_what_a_result_must_carry(run, capsys):
    assert run("--seeds", "2") == 0
    assert "4 of 4 runs of toy are recorded" in capsys.readouterr().out
    first, second = run.store.of("one/a.py")
    assert (first.numbers["AP"], second.numbers["AP"]) == (20.0, 22.0)
    assert first.per_class == {"ship": 10.0}
    expected = dict(
        data="toy", split="val", ann_file="val.json", protocol="COCO", max_dets="100",
        ignore="crowd", input="800x800", epochs="3", batch="2", gpus="1", gpu="stub",
        torch="2.13.0", hours="0.500", parameters_m="2.500", gflops="8.000",
        checkpoint="epoch_3.pth", source="ours",
    )  # fmt: skip
    assert expected.items() <= first.conditions.items()
    assert first.conditions["commit"]
    assert first.conditions["date"]
    (words,) = trainings(run.work / "one/a/seed_1")
    assert "--resume" not in words
    assert "--auto-scale-lr" in words
    assert words.endswith("randomness.seed=1 default_hooks.checkpoint.max_keep_ckpts=2")


def test_what_is_recorded_is_not_run_again(run, capsys):
    run("--rows", "b")
    assert run() == 0
    assert "B, seed 0: recorded already" in capsys.readouterr().out
    assert len(trainings(run.work / "two/ablations/b/seed_0")) == 1
    assert len(trainings(run.work / "one/a/seed_0")) == 1


def test_dry_run_changes_nothing_and_prints_the_commands(run, tree, capsys):
    run("--rows", "A")
    capsys.readouterr()
    slurm = ("--gpus", "8", "--launcher", "slurm", "--partition", "a100")
    assert run(*slurm, "--seeds", "2", "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith("  ")] == [
        "C: no config: no code",
        "A, seed 0: recorded (one/a.py)",
        "B, seed 0: to be trained (two/ablations/b.py)",
        "A, seed 1: to be trained (one/a.py)",
        "B, seed 1: to be trained (two/ablations/b.py)",
    ]
    folder = run.work / "two/ablations/b/seed_1"
    assert lines[-1].startswith("  GPUS=8 ")
    assert lines[-1].endswith(
        f"slurm_train.sh a100 b {tree}/two/ablations/b.py --work-dir {folder} --auto-scale-lr "
        "--cfg-options randomness.seed=1 default_hooks.checkpoint.max_keep_ckpts=2"
    )
    assert not (run.work / "two").exists()


def test_dry_run_names_what_could_not_be_trained(run, tree, capsys):
    (tree / "one/a.py").unlink()
    assert run("--dry-run") == 1
    printed = capsys.readouterr().out
    assert "  error: config " in printed
    assert "two/ablations/b.py --work-dir" in printed


def test_a_row_without_a_config_says_why_it_is_not_run(run, capsys):
    assert run("--rows", "C") == 0
    assert capsys.readouterr().out.startswith("C: no config: no code\n0 of 0 runs")


def test_a_failing_row_is_told_at_the_end_with_its_log_and_the_rest_goes_on(run, tree, capsys):
    (tree / "one/a.py").rename(tree / "one/bad.py")
    table = tree / "tables/toy.csv"
    table.write_text(table.read_text().replace("one/a.py", "one/bad.py"))
    assert run() == 1
    sentence = capsys.readouterr().err
    log = run.work / "one/bad/seed_0/train.out"
    assert "failed: A, seed 0: training ended with code 3: error: the data are not" in sentence
    assert f"(log: {log})" in sentence
    assert "train.py" in log.read_text()
    assert run.store.has("two/ablations/b.py", "", 0)
    assert not run.store.has("one/bad.py", "", 0)


def test_a_config_that_is_missing_or_broken_fails_its_row_alone(run, tree, capsys):
    (tree / "one/a.py").write_text("import no_such_module")
    assert run() == 1
    assert "A, seed 0: " in capsys.readouterr().err
    (tree / "one/a.py").unlink()
    assert run() == 1
    printed = capsys.readouterr()
    assert "a.py does not exist" in printed.err
    assert "1 of 2 runs" in printed.out


def test_options_are_recorded_and_do_not_stand_for_the_row(run):
    assert run("--rows", "A", "--cfg-options", "train_cfg.max_epochs=1") == 0
    (result,) = run.store.of("one/a.py")
    assert (result.options, result.conditions["epochs"]) == ("train_cfg.max_epochs=1", "1")
    assert not run.store.has("one/a.py", "", 0)
    assert run("--rows", "A") == 0
    assert len(run.store.of("one/a.py")) == 2


def test_a_training_is_not_continued_with_another_config(run, tree, capsys):
    folder = run.work / "one/a/seed_0"
    run("--rows", "A")
    run.store.path("one/a.py").unlink()
    config = tree / "one/a.py"
    config.write_text(config.read_text().replace("batch_size=2", "batch_size=4"))
    assert run("--rows", "A") == 1
    assert f"{folder} was begun with another version of the config" in capsys.readouterr().err
    assert len(trainings(folder)) == 1


def test_commands_with_work_folders_of_their_own_still_write_results_in_turn(run, tree):
    run("--rows", "A")
    assert (tree / ".results.lock").is_file()  # beside what it guards


def test_a_finished_training_whose_test_was_lost_is_only_tested(run):
    run("--rows", "A")
    run.store.path("one/a.py").unlink()
    assert run("--rows", "A") == 0
    folder = run.work / "one/a/seed_0"
    assert len(trainings(folder)) == 1
    assert len((folder / "tests.txt").read_text().splitlines()) == 2


def test_a_training_whose_last_checkpoint_is_gone_is_continued_not_tested_as_it_is(run):
    run("--rows", "A")
    run.store.path("one/a.py").unlink()
    folder = run.work / "one/a/seed_0"
    (folder / "epoch_3.pth").unlink()
    assert run("--rows", "A") == 0
    assert ["--resume" in words for words in trainings(folder)] == [False, True]
    assert run.store.of("one/a.py")[0].conditions["checkpoint"] == "epoch_3.pth"


def test_what_a_model_weighs_is_of_the_config_that_was_trained(run, tree, tools):
    run("--rows", "A")
    run.store.path("one/a.py").unlink()
    (run.work / "one/a/seed_0").rename(run.work / "away")  # what the refusal advises
    (tree / "one/a.py").write_text((tree / "one/a.py").read_text() + "default_scope = 'mmdet'")
    weigh = tools / "analysis/complexity.py"
    weigh.write_text(weigh.read_text().replace("2500000", "9900000"))
    assert run("--rows", "A") == 0
    assert run.store.of("one/a.py")[0].conditions["parameters_m"] == "9.900"


def test_a_damaged_run_json_is_told_and_nothing_is_trained_over_it(run, capsys):
    run("--rows", "A")
    run.store.path("one/a.py").unlink()
    path = run.work / "one/a/seed_0/run.json"
    path.write_text('{"config')
    assert run("--rows", "A") == 1
    assert f"{path} cannot be read" in capsys.readouterr().err
    assert len(trainings(path.parent)) == 1


def test_a_results_file_or_work_folder_that_cannot_be_used_fails_its_rows_alone(run, tree, capsys):
    (tree / "two/results.csv").write_text("config,AP\n")
    run.work.mkdir()
    (run.work / "one").write_text("a file where a folder is to be")
    assert run() == 1
    sentences = capsys.readouterr().err
    assert "failed: A, seed 0: [Errno 20] Not a directory" in sentences
    assert "failed: B, seed 0: " in sentences
    assert "two/results.csv lacks the columns" in sentences
    (tree / "two/results.csv").unlink()
    assert run() == 1
    assert run.store.has("two/ablations/b.py", "", 0)


def test_an_interrupted_training_goes_on_from_its_newest_whole_checkpoint(run, tools):
    stub = (tools / "train.py").read_text()
    (tools / "train.py").write_text(
        stub.replace("range(done + 1, 4)", "range(1, 3)") + "sys.exit(9)"
    )
    assert run("--rows", "A") == 1
    folder = run.work / "one/a/seed_0"
    (folder / "epoch_3.pth").write_bytes(b"PK cut off")
    (folder / "last_checkpoint").write_text("")  # killed while this was written
    (tools / "train.py").write_text(stub)
    assert run("--rows", "A") == 0
    assert ["--resume" in words for words in trainings(folder)] == [False, True]
    assert run.store.of("one/a.py")[0].conditions["hours"] == "1.000"  # half an hour each


def test_a_run_that_another_process_has_is_left_to_it(run, monkeypatch, capsys):
    """The other one records it while this one waits."""
    other = Claim(run.work / "one/a/seed_0")
    assert other.take()

    def finish(_):
        other.give_up()

    monkeypatch.setattr("tinydet.runs.queue.time.sleep", finish)
    assert run() == 0
    printed = capsys.readouterr().out
    assert "waiting for what another process has: A, seed 0" in printed
    assert printed.index("B, seed 0: done") < printed.index("A, seed 0: done")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--rows", "D"], "table toy has no row 'D'; there are A, B, C"),
        (["--gpus", "0"], "--gpus 0 does not go with --launcher none"),
        (["--gpus", "2", "--launcher", "none"], "--gpus 2 does not go with --launcher none"),
        (["--launcher", "slurm"], "--launcher slurm needs --partition"),
    ],
)
def test_mistakes_on_the_command_line(run, capsys, words, sentence):
    assert run(*words) == 1
    assert sentence in capsys.readouterr().err


def test_an_unknown_table(run, capsys):
    assert run(table="sarl5") == 1
    assert "there is no table 'sarl5'; did you mean 'sarl_5'" in capsys.readouterr().err


def test_a_config_of_two_rows_is_run_once(tree):
    table = tree / "tables/toy.csv"
    table.write_text(table.read_text().replace("two/ablations/b.py", "one/a.py"))
    (only,) = plan(read_table(str(table), tree).rows, 1)
    assert only.title == "A = B, seed 0"


def test_the_three_launchers():
    config, folder = Path("c/x.py"), Path("w")
    assert Launcher().train(config, folder).arguments[1] == str(TOOLS / "train.py")
    torchrun = Launcher("pytorch", 8).test(config, Path("e.pth"), folder)
    assert torchrun.arguments[:4] == [str(TOOLS / "dist_test.sh"), "c/x.py", "e.pth", "8"]
    assert int(torchrun.environment["PORT"]) > 1023
    slurm = Launcher("slurm", 4, "a100")
    for command, name in (
        (slurm.train(config, folder), "slurm_train.sh"),
        (slurm.test(config, Path("e.pth"), folder), "slurm_test.sh"),
    ):
        assert command.arguments[:4] == [str(TOOLS / name), "a100", "x", "c/x.py"]
        assert command.environment == {"GPUS": "4", "TINYDET_PYTHON": sys.executable}
        assert os.access(command.arguments[0], os.X_OK)
    with pytest.raises(InputError, match="launcher is 'mpi'; there are none, pytorch, slurm"):
        Launcher("mpi")


@pytest.mark.parametrize("tool_name", ["train", "test"])
def test_slurm_scripts_hand_srun_the_tool_and_its_arguments(tmp_path, tool_name):
    srun = tmp_path / "srun"
    srun.write_text('#!/bin/sh\necho "$@"\n')
    srun.chmod(0o755)
    words = ["a100", "job", "config.py", "--work-dir", "w"]
    done = subprocess.run(
        [TOOLS / f"slurm_{tool_name}.sh", *words],
        env=dict(os.environ, PATH=f"{tmp_path}:{os.environ['PATH']}", GPUS="4"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--partition=a100 --job-name=job --gres=gpu:4 --ntasks=4" in done.stdout
    assert done.stdout.endswith(f"/{tool_name}.py config.py --work-dir w --launcher slurm\n")


@pytest.mark.parametrize("script", ["torchrun.sh", "srun.sh"])
def test_trainings_run_in_the_interpreter_of_run_py(tmp_path, script):
    """Not in whichever ``python`` is first on the PATH."""
    for name in ("python", "mine", "srun"):
        (tmp_path / name).write_text(f'#!/bin/bash\necho "{name} $1"\n')
        (tmp_path / name).chmod(0o755)
    (tmp_path / "srun").write_text('#!/bin/bash\nwhile [ "${1:0:2}" = -- ]; do shift; done\n"$@"\n')
    done = subprocess.run(
        [TOOLS / script, "2", "job", "train.py", "config.py"],
        env=dict(
            os.environ,
            PATH=f"{tmp_path}:{os.environ['PATH']}",
            TINYDET_ENV="active",
            TINYDET_PYTHON=str(tmp_path / "mine"),
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("mine -")


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def test_sigkill_in_the_middle_and_the_same_command_again(tree, slow_tools, tmp_path):
    work = tmp_path / "work"
    store = ResultStore(tree, work / "results.lock")
    trainer = Trainer(tree, work, store, Launcher(tools=slow_tools))
    runs = plan(read_table(str(tree / "tables/toy.csv"), tree).rows, 2)
    # A fork, to be killed, that need not import torch again.
    first = multiprocessing.get_context("fork").Process(target=work_off, args=(runs, trainer))
    first.start()
    killed = work / "two/ablations/b/seed_0"
    wait_for((killed / "epoch_1.pth").exists)
    first.kill()
    first.join()
    assert first.exitcode == -signal.SIGKILL
    wait_for(lambda: Claim(killed).take())
    assert not (killed / "epoch_3.pth").exists()  # its training was ended with it
    assert store.has("one/a.py", "", 0)
    assert not store.has("two/ablations/b.py", "", 0)
    finished = (work / "one/a/seed_0/calls.txt").stat().st_mtime_ns

    assert work_off(runs, trainer, poll=0.1) == []
    for config in ("one/a.py", "two/ablations/b.py"):
        assert [result.seed for result in store.of(config)] == [0, 1]
    assert (work / "one/a/seed_0/calls.txt").stat().st_mtime_ns == finished
    assert ["--resume" in words for words in trainings(killed)] == [False, True]
    for folder in ("one/a/seed_0", "one/a/seed_1", "two/ablations/b/seed_1"):
        assert len(trainings(work / folder)) == 1
    assert (killed / "tests.txt").read_text() == "epoch_3.pth\n"


def test_sigkill_at_any_moment_loses_no_result_and_spoils_none(tree, slow_tools, tmp_path):
    work = tmp_path / "work"
    store = ResultStore(tree, work / "results.lock")
    trainer = Trainer(tree, work, store, Launcher(tools=slow_tools))
    runs = plan(read_table(str(tree / "tables/toy.csv"), tree).rows, 1)
    moments = random.Random(0)
    recorded = 0
    for _ in range(8):
        process = multiprocessing.get_context("fork").Process(target=work_off, args=(runs, trainer))
        process.start()
        time.sleep(moments.uniform(0, 0.8))
        process.kill()
        process.join()
        now = sum(map(trainer.is_recorded, runs))  # raises where a file is cut off
        assert now >= recorded
        recorded = now
    assert work_off(runs, trainer, poll=0.1) == []
    for config in ("one/a.py", "two/ablations/b.py"):
        (result,) = store.of(config)
        assert result.numbers == {"AP": 20.0, "AP50": 50.0}
        assert result.conditions["checkpoint"] == "epoch_3.pth"
