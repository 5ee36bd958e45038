"""Mistakes in configs; configs/test_every_config.py says that the tree is free of them."""

from pathlib import Path

import pytest

from tinydet.configuration import load_config
from tinydet.errors import InputError

CONFIGS = Path(__file__).parents[1] / "configs"


def write(folder, text, name="config.py"):
    path = folder / name
    path.write_text(text)
    return path


def test_a_misspelt_key_names_the_nearest(tmp_path):
    path = write(tmp_path, "modle = dict(type='X')")
    with pytest.raises(InputError, match=r"'modle' \(did you mean 'model'\?\)"):
        load_config(path)


def test_a_key_that_nothing_reads_is_refused(tmp_path):
    with pytest.raises(InputError, match="'flavour' at the top level, which nothing reads"):
        load_config(write(tmp_path, "flavour = 3"))


def test_a_helper_variable_that_a_line_reads_is_fine(tmp_path):
    write(tmp_path, "size = 8\nclasses = 3\nscale = 2\n", "base.py")
    text = "_base_ = 'base.py'\nmodel = dict(a=_base_.size, b='{{_base_.classes}}')\n"
    child = write(tmp_path, text + "work_dir = str(2)\n")
    with pytest.raises(InputError, match="'scale'"):
        load_config(child)
    write(tmp_path, "size = 8\nclasses = 3\n", "base.py")
    assert load_config(child).model.a == 8


def test_a_missing_config_names_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(CONFIGS.parent)
    with pytest.raises(InputError, match="did you mean .*lrnet_n_synthetic.py"):
        load_config("configs/lrnet/lrnet_n_synthetik.py")
    with pytest.raises(InputError, match="does not exist"):
        load_config(tmp_path / "zzzzzzzzz.py")


def test_a_syntax_error_names_the_file(tmp_path):
    with pytest.raises(InputError, match=r"config .*config.py cannot be read"):
        load_config(write(tmp_path, "model = dict("))


def test_upstream_configs_pass(tmp_path):
    bases = ["mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py"]
    bases.append("mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py")
    for base in bases:
        assert load_config(write(tmp_path, f"_base_ = {base!r}")).model


@pytest.mark.parametrize(
    ("metric", "expected"), [("tinydet.AITODMetric", "greater"), ("mmdet.CocoMetric", None)]
)
def test_more_of_our_numbers_is_better(tmp_path, metric, expected):
    path = tmp_path / "config.py"
    path.write_text(
        f"val_evaluator = dict(type={metric!r})\n"
        "default_hooks = dict(checkpoint=dict(type='CheckpointHook', save_best='auto'))\n"
    )
    assert load_config(path).default_hooks.checkpoint.get("rule") == expected


def test_a_misspelt_option_names_the_nearest(tmp_path):
    path = write(tmp_path, "model = dict(type='X')")
    with pytest.raises(InputError, match=r"'modle.type' \(did you mean 'model'\?\)"):
        load_config(path, {"modle.type": "Y"})
    assert load_config(path, {"model.type": "Y", "load_from": "a.pth"}).model.type == "Y"
