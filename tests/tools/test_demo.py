"""The demo's own logic; its steps are tested where they live."""

import json
import shutil

import pytest
from PIL import Image

from tinydet.errors import InputError


@pytest.fixture
def demo(tool):
    return tool("demo")


@pytest.fixture
def commands(demo, monkeypatch):
    """The commands that ``Clock.run`` was given instead of running them."""
    seen = []
    monkeypatch.setattr(demo.Clock, "run", lambda self, title, *command: seen.append(command))
    return seen


@pytest.mark.parametrize(("last", "resumed"), [(None, False), ("epoch_1.pth", True)])
def test_it_resumes_where_there_is_a_checkpoint(demo, commands, tmp_path, capsys, last, resumed):
    if last:
        (tmp_path / "last_checkpoint").write_text(str(tmp_path / last))
    demo.train(demo.Clock(), demo.parse_args(["--work-dir", str(tmp_path), "--epochs", "2"]))
    (command,) = commands
    assert ("--resume" in command) == resumed
    assert command[-2:] == ("--cfg-options", "train_cfg.max_epochs=2")
    assert ("resumes after epoch 1" in capsys.readouterr().out) == resumed


def test_a_finished_training_is_not_trained_again(demo, commands, tmp_path, capsys):
    (tmp_path / "last_checkpoint").write_text("work_dirs/demo/epoch_99.pth")
    demo.train(demo.Clock(), demo.parse_args(["--work-dir", str(tmp_path)]))
    assert commands == []
    assert "is trained for 99 of" in capsys.readouterr().out


def test_a_restart_deletes_nothing(demo, tmp_path):
    work_dir = tmp_path / "demo"
    for name in ("first", "second"):
        work_dir.mkdir()
        (work_dir / name).touch()
        demo.set_aside(work_dir)
    demo.set_aside(work_dir)  # nothing there: nothing to do
    kept = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert kept == ["demo.1", "demo.1/first", "demo.2", "demo.2/second"]


def test_the_best_checkpoint_is_kept_by_name(demo, tmp_path):
    last = tmp_path / "epoch_2.pth"
    last.write_bytes(b"last")
    (tmp_path / "last_checkpoint").write_text(str(last))
    assert demo.best_checkpoint(tmp_path).read_bytes() == b"last"
    (tmp_path / "best_aitod_AP_epoch_1.pth").write_bytes(b"best")
    assert demo.best_checkpoint(tmp_path).read_bytes() == b"best"


def test_a_failing_step_stops_it(demo):
    with pytest.raises(InputError, match="thinking failed"):
        demo.Clock().run("thinking", "-c", "raise SystemExit(3)")


def test_the_whole_job_with_the_long_steps_left_out(
    demo, commands, tiny_data, tmp_path, monkeypatch, capsys
):
    work_dir = tmp_path / "demo"
    log = work_dir / "20260101" / "vis_data" / "scalars.json"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps(dict(loss=1.0, step=1)) + "\n")
    (work_dir / "last_checkpoint").write_text(str(work_dir / "epoch_99.pth"))
    (work_dir / "epoch_99.pth").write_bytes(b"weights")
    (work_dir / "detections.json").write_text(
        json.dumps([dict(image_id=1, category_id=1, bbox=[1, 1, 5, 5], score=0.9)])
    )
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))
    assert demo.main(["--work-dir", str(work_dir)]) == 0
    assert [command[0] for command in commands] == ["tools/data/make_synthetic.py", "tools/test.py"]
    for name in ("curves.png", "predictions.png"):
        with Image.open(work_dir / name) as picture:
            assert min(picture.size) > 200
    assert (work_dir / "best.pth").read_bytes() == b"weights"
    last_lines = capsys.readouterr().out.strip().splitlines()[-3:]
    assert all(line.startswith("  python tools/") for line in last_lines)


def test_a_failing_step_gives_its_sentence_and_a_code(demo, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo.sys, "executable", shutil.which("false"))
    assert demo.main(["--work-dir", str(tmp_path)]) == 1
    assert "error: making the synthetic images failed" in capsys.readouterr().err
