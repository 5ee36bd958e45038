"""The weights in ``weights/``: what their README says of them, and the config that they fit."""

from pathlib import Path

import pytest
import torch

from tinydet.checkpoints import load_model, read_checkpoint
from tinydet.configuration import load_config
from tinydet.errors import InputError
from tinydet.weights.catalogue import source_of
from tinydet.weights.shipped import FOLDER, SHIPPED
from tinydet.weights.source import Source, sha256_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_is_small_whole_and_described(name):
    source = source_of(f"tinydet://{name}")
    file = Path(source.file)
    assert file.stat().st_size < 12e6
    assert len(source.sha256) == 8
    assert sha256_of(file) in (FOLDER / "README.md").read_text()
    assert f"`{file.name}`" in (FOLDER / "README.md").read_text()


def test_no_file_is_left_over():
    held = {path.name for path in FOLDER.glob("*.pth")}
    assert held == {Path(source.file).name for source in SHIPPED.values()}


def test_the_recipes_weights_fit_its_config_and_name_its_classes(monkeypatch):
    monkeypatch.setenv("HITUAV_ROOT", "nowhere")  # prediction needs no data set
    config = load_config(ROOT / "configs/recipes/tiny_drone.py")
    model = load_model(config, "tinydet://tiny_drone")  # every key, every shape
    assert tuple(model.dataset_meta["classes"]) == ("person", "car", "bicycle")
    stored = read_checkpoint("tinydet://tiny_drone")["state_dict"].values()
    assert {value.dtype for value in stored} == {torch.float16, torch.int64}


def test_a_folder_without_the_file_names_the_place(monkeypatch, tmp_path):
    gone = Source("tinydet://tiny_drone", str(tmp_path / "tiny_drone-0123abcd.pth"))
    monkeypatch.setitem(SHIPPED, "tiny_drone", gone)
    with pytest.raises(InputError, match=r"tinydet://tiny_drone does not exist .*0123abcd"):
        read_checkpoint("tinydet://tiny_drone")
