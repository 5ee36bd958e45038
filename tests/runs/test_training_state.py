"""Where a training stands: from what a kill leaves, the right checkpoint is found."""

import io
import os
import subprocess
import sys

import pytest
import torch
from mmengine.config import Config

from tinydet.errors import InputError
from tinydet.runs.claim import Claim
from tinydet.runs.provenance import git_commit, read_logs
from tinydet.runs.training_state import (
    TrainingState,
    fingerprint,
    newest_checkpoint,
    prepare_resume,
    read_state,
)


def checkpoint():
    file = io.BytesIO()
    torch.save(dict(state_dict=dict(weight=torch.zeros(100))), file)
    return file.getvalue()


def test_a_checkpoint_cut_off_anywhere_is_passed_over(tmp_path):
    whole = checkpoint()
    (tmp_path / "epoch_2.pth").write_bytes(whole)
    (tmp_path / "best_aitod_AP_epoch_9.pth").write_bytes(whole)
    for end in (0, 1, len(whole) // 2, len(whole) - 30):
        (tmp_path / "epoch_10.pth").write_bytes(whole[:end])
        assert newest_checkpoint(tmp_path).name == "epoch_2.pth"
    (tmp_path / "epoch_10.pth").write_bytes(whole)
    assert newest_checkpoint(tmp_path).name == "epoch_10.pth"  # a number, not a word


@pytest.mark.parametrize("last", [None, "", "epoch_3.pth", "epoch_4.pth"])
def test_last_checkpoint_is_made_to_name_one_that_exists(tmp_path, last):
    (tmp_path / "epoch_3.pth").write_bytes(checkpoint())
    (tmp_path / "epoch_4.pth").write_bytes(b"PK cut off")
    if last is not None:
        (tmp_path / "last_checkpoint").write_text(last and str(tmp_path / last))
    assert prepare_resume(tmp_path)
    assert (tmp_path / "last_checkpoint").read_text() == str(tmp_path / "epoch_3.pth")


def test_without_a_whole_checkpoint_there_is_nothing_to_resume(tmp_path):
    (tmp_path / "last_checkpoint").write_text("gone.pth")
    assert not prepare_resume(tmp_path)
    assert not (tmp_path / "last_checkpoint").exists()


def test_the_fingerprint_is_of_what_is_trained_not_of_where():
    def config(lr=0.1, root="/a", split="train", workers=2):
        data = dict(ann_file=f"{root}/annotations/{split}.json", data_root=root)
        loader = dict(dataset=data, num_workers=workers)
        return Config(dict(optimizer=dict(lr=lr), train_dataloader=loader))

    same = fingerprint(config())
    assert fingerprint(config(root="/b", workers=8)) == same
    assert fingerprint(config(lr=0.2)) != same
    assert fingerprint(config(split="trainval")) != same


def test_a_folder_of_another_training_is_refused(tmp_path):
    begun = TrainingState("a.py", "", "aaaa", 8, ["c1"], "epoch_3.pth")
    begun.save(tmp_path)
    assert read_state(tmp_path) == begun
    with pytest.raises(InputError, match="begun with another version of the config"):
        read_state(tmp_path).check_same(TrainingState("a.py", "", "bbbb", 8), tmp_path)
    with pytest.raises(InputError, match="begun with 8 GPUs"):
        read_state(tmp_path).check_same(TrainingState("a.py", "", "aaaa", 1), tmp_path)
    assert read_state(tmp_path / "new") is None


def log_of(start, end, gpu):
    env = "    GPU 0,1: NVIDIA H100\n" if gpu else "    CUDA available: False\n"
    return (
        f"{start} - mmengine - INFO - \nSystem environment:\n{env}    PyTorch: 2.13.0+cpu\n"
        f"    GPU number: 2\n{end} - mmengine - INFO - Epoch(val) [1][1/1]\n"
    )


def test_hours_are_those_of_all_processes_and_the_machine_that_of_the_last(tmp_path):
    for name, start, end, gpu in (
        ("20260101_100000", "2026/01/01 10:00:00", "2026/01/01 11:30:00", False),
        ("20260102_235900", "2026/01/02 23:59:00", "2026/01/03 00:29:00", True),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.log").write_text(log_of(start, end, gpu))
    machine = read_logs(tmp_path)
    assert (machine.hours, machine.gpu, machine.torch) == (2.0, "NVIDIA H100", "2.13.0+cpu")
    (tmp_path / name / f"{name}.log").write_text(log_of(start, end, False))
    assert read_logs(tmp_path).gpu == "CPU"
    assert read_logs(tmp_path / "empty").hours is None


def test_the_commit_says_whether_the_code_differs_but_not_whether_results_do(tmp_path):
    def git(*words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", tmp_path, *identity, *words], check=True, capture_output=True)

    assert git_commit(tmp_path / "nowhere") == ""
    git("init")
    (tmp_path / "sarl").mkdir()
    (tmp_path / "sarl/a.py").write_text("a = 1")
    git("add", ".")
    git("commit", "-m", "first")
    clean = git_commit(tmp_path)
    assert len(clean) == 10
    (tmp_path / "sarl/results.csv").write_text("AP")
    assert git_commit(tmp_path) == clean
    (tmp_path / "sarl/a.py").write_text("a = 2")
    assert git_commit(tmp_path) == f"{clean}-dirty"


def test_a_claim_is_held_until_what_inherited_it_has_ended(tmp_path):
    first, second = Claim(tmp_path), Claim(tmp_path)
    assert first.take()
    assert not second.take()
    assert second.owner().endswith(str(os.getpid()))
    assert not second.is_orphaned()
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        pass_fds=[first.descriptor()],
    )
    first.give_up()
    assert not second.take()
    child.communicate(b"\n")
    assert second.take()
    second.give_up()


def test_a_claim_whose_process_is_gone_is_an_orphan(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True
    )
    claim = Claim(tmp_path)
    claim.take()
    host = claim.owner().split()[0]
    for words, orphaned in (
        (f"{host} {int(done.stdout)}", True),
        (f"elsewhere {int(done.stdout)}", False),
        ("", False),
    ):
        claim.path.write_text(words)
        assert claim.is_orphaned() == orphaned
    claim.give_up()
