"""The tool: what it writes, what it leaves alone, what it says about bad input."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from tinydet.datasets.synthetic import make_scene
from tinydet.datasets.synthetic.generate import write_picture

TOOL = Path(__file__).resolve().parents[2] / "tools" / "data" / "make_synthetic.py"
spec = importlib.util.spec_from_file_location("make_synthetic", TOOL)
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


def run(out: Path, *more: str) -> int:
    small = ["--train", "2", "--val", "1", "--size", "64", "--workers", "1"]
    return tool.main(["--out", str(out), *small, *more])


def test_it_writes_and_then_has_nothing_to_do(tmp_path, capsys) -> None:
    out = tmp_path / "new" / "set"
    assert run(out) == 0
    assert "2 + 1 pictures of 64 px" in capsys.readouterr().out
    assert len(list(out.rglob("*.png"))) == 3
    before = (out / "train" / "00000.png").stat().st_mtime_ns
    assert run(out) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert (out / "train" / "00000.png").stat().st_mtime_ns == before
    assert run(out, "--force") == 0
    assert (out / "train" / "00000.png").stat().st_mtime_ns > before


def test_a_scene_too_small(tmp_path, capsys) -> None:
    assert tool.main(["--out", str(tmp_path / "set"), "--scene", "300"]) == 1
    assert "--scene 300: a picture's side must be 1024 to 8192 px" in capsys.readouterr().err


def test_scenes(tmp_path, capsys, monkeypatch) -> None:
    """Of 300 px, as that takes a second; beside the small pictures, not in their place."""
    monkeypatch.chdir(tmp_path)
    made = []
    monkeypatch.setattr(tool, "write_dataset", lambda *args: made.append(args) or dict(train=[]))
    assert tool.main(["--scene", "2048", "--workers", "1"]) == 0
    assert "data/scenes: 60 + 20 pictures of 2048 px" in capsys.readouterr().out
    assert tool.main(["--train", "7", "--workers", "1"]) == 0
    assert [args[:3] + args[-1:] for args in made] == [
        (Path("data/scenes"), dict(train=60, val=20), 2048, True),
        (Path("data/synthetic"), dict(train=7, val=150), 256, False),
    ]
    what = dict(generator="tinydet synthetic scenes", seed=0, size=300)
    (tmp_path / "train").mkdir()
    boxes, labels = write_picture(0, tmp_path, "train", what)
    expected = make_scene(0, "train", 0, 300)
    assert boxes.tolist() == expected.boxes.tolist()
    assert labels.tolist() == expected.labels.tolist()


def test_a_missing_picture_is_made_again(tmp_path) -> None:
    assert run(tmp_path / "set") == 0
    picture = tmp_path / "set" / "val" / "00000.png"
    content = picture.read_bytes()
    picture.unlink()
    assert run(tmp_path / "set") == 0
    assert picture.read_bytes() == content


def test_another_set_is_replaced_only_by_force(tmp_path, capsys) -> None:
    assert run(tmp_path / "set") == 0
    assert run(tmp_path / "set", "--seed", "1") == 1
    assert "other parameters (seed 0)" in capsys.readouterr().err
    assert run(tmp_path / "set", "--seed", "1", "--force") == 0
    coco = json.loads((tmp_path / "set" / "annotations" / "val.json").read_text())
    assert coco["info"]["seed"] == 1


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_folder_of_others_is_not_touched(tmp_path, capsys, force) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "mine.png").write_text("precious")
    assert run(tmp_path, *force) == 1
    assert "did not make" in capsys.readouterr().err
    assert (tmp_path / "train" / "mine.png").read_text() == "precious"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--size", "63"], "--size 63: a picture's side must be 64 to 4096 px"),
        (["--train", "-1"], "--train -1: a number of pictures cannot be negative"),
        (["--train", "0", "--val", "0"], "asks for no picture"),
        (["--seed", "-3"], "--seed -3: a seed cannot be negative"),
        (["--workers", "0"], "--workers 0: give at least one process"),
    ],
)
def test_bad_numbers(tmp_path, capsys, more, sentence) -> None:
    assert run(tmp_path / "set", *more) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert sentence in error
    assert not (tmp_path / "set").exists()


def test_out_is_a_file(tmp_path, capsys) -> None:
    (tmp_path / "set").write_text("")
    assert run(tmp_path / "set") == 1
    assert "is a file" in capsys.readouterr().err


def test_a_full_disk_is_told_in_a_sentence(tmp_path, capsys, monkeypatch) -> None:
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tinydet.datasets.synthetic.generate.write_split", full)
    assert run(tmp_path / "set") == 1
    assert "No space left on device" in capsys.readouterr().err
    monkeypatch.undo()
    assert run(tmp_path / "set") == 0  # the unfinished folder is this tool's own
