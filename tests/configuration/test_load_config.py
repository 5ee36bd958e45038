"""Mistakes in configs; configs/test_every_config.py says that the tree is free of them."""

import pytest
from config_tree import CONFIGS

from tinydet.configuration import load_config
from tinydet.errors import InputError


def write(folder, text, name="config.py"):
    path = folder / name
    path.write_text(text)
    return path


def test_a_misspelt_key_names_the_nearest(tmp_path):
    path = write(tmp_path, "modle = dict(type='X')")
    with pytest.raises(InputError, match=r"'modle' \(did you mean 'model'\?\)"):
        load_config(path)


@pytest.fixture
def unread(logged):
    """Load a config; return what the log says of its keys."""

    def load(path):
        logged.clear()
        load_config(path)
        return "".join(line for line in logged if "nothing reads" in line)

    return load


def test_a_key_that_nothing_reads_is_named(tmp_path, unread):
    said = unread(write(tmp_path, "flavour = 3\nnum_classes = 2\nmodel = dict(n=num_classes)"))
    assert "WARNING" in said
    assert "sets 'flavour' at the top level, which nothing reads" in said
    assert "num_classes" not in said


def test_a_helper_variable_that_a_line_reads_is_fine(tmp_path, unread):
    write(tmp_path, "size = 8\nclasses = 3\nscale = 2\n", "base.py")
    text = "_base_ = 'base.py'\nmodel = dict(a=_base_.size, b='{{_base_.classes}}')\n"
    child = write(tmp_path, text + "work_dir = str(2)\n")
    assert "sets 'scale' at" in unread(child)
    write(tmp_path, "size = 8\nclasses = 3\n", "base.py")
    assert unread(child) == ""
    assert load_config(child).model.a == 8


def test_a_misspelt_helper_names_the_nearest(tmp_path, unread):
    text = "num_classes = 8\nmodel = dict(n=num_classes)\nnum_clases = 3\n"
    assert "'num_clases' (did you mean 'num_classes'?)" in unread(write(tmp_path, text))


@pytest.mark.parametrize(
    ("key", "now"), [("optimizer", "optim_wrapper.optimizer"), ("seed", "randomness.seed")]
)
def test_a_key_of_mmdetection_2_names_its_successor(tmp_path, unread, key, now):
    said = unread(write(tmp_path, f"{key} = dict(type='SGD')"))
    assert f"{key!r} (MMDetection 2's: now {now})" in said
    path = write(tmp_path, "model = dict(type='X')")
    with pytest.raises(InputError, match=f"{key}.lr' .MMDetection 2's: now {now}.*nothing reads"):
        load_config(path, {f"{key}.lr": 1})


MISSPELT = {
    "mdoel": "model",
    "train_datalaoder": "train_dataloader",
    "optimizer_wrapper": "optim_wrapper",
    "custom_hook": "custom_hooks",
    "load_form": "load_from",
    "val_evaluators": "val_evaluator",
    "train_config": "train_cfg",
    "find_unused_parameter": "find_unused_parameters",
}


@pytest.mark.parametrize(("key", "meant"), MISSPELT.items())
def test_misspellings(tmp_path, key, meant):
    with pytest.raises(InputError, match=rf"sets '{key}' \(did you mean '{meant}'\?\) at the top"):
        load_config(write(tmp_path, f"{key} = dict()"))


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_configs_in_other_languages(tmp_path, unread, suffix):
    text = dict(json='{"model": {"type": "X"}, "flavour": 3}', yaml="model: {type: X}\nflavour: 3")
    assert "sets 'flavour'" in unread(write(tmp_path, text[suffix], f"config.{suffix}"))


def test_configs_that_import_their_bases(tmp_path, unread):
    """The new style of mmengine, of which ``mmdet/configs`` of a checkout is made."""
    (tmp_path / "_base_").mkdir()
    write(tmp_path / "_base_", "from mmengine.optim import OptimWrapper\nrate = 2\n", "more.py")
    text = (
        "from torch.optim import SGD\nfrom mmengine.config import read_base\n"
        "with read_base():\n    from .more import *\n"
        "size = 8\nscale = 3\noptim_wrapper = dict(optimizer=dict(type=SGD, lr=rate))\n"
    )
    write(tmp_path / "_base_", text, "base.py")
    text = (
        "from mmengine.config import read_base\n"
        "with read_base():\n    from ._base_.base import *\n"
        "model = dict(a=size)\n"
    )
    path = write(tmp_path, text)
    said = unread(path)
    assert "sets 'scale' at" in said
    assert load_config(path).model.a == 8
    with pytest.raises(InputError, match="'modle' .did you mean 'model'"):
        load_config(write(tmp_path, text + "modle = 3\n"))
    write(tmp_path, text.replace("_base_.base", "_base_.bas"))
    with pytest.raises(InputError, match="bas.py not found"):
        load_config(path)


def test_a_missing_config_names_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(CONFIGS.parent)
    with pytest.raises(InputError, match="did you mean .*lrnet_n_14e_synthetic.py"):
        load_config("configs/lrnet/lrnet_n_synthetik.py")
    with pytest.raises(InputError, match="does not exist"):
        load_config(tmp_path / "zzzzzzzzz.py")


def test_a_syntax_error_names_the_file(tmp_path):
    with pytest.raises(InputError, match=r"config .*config.py cannot be read"):
        load_config(write(tmp_path, "model = dict("))


def test_a_misspelt_option_names_the_nearest(tmp_path):
    path = write(tmp_path, "model = dict(type='X')")
    with pytest.raises(InputError, match=r"'modle.type' \(did you mean 'model'\?\)"):
        load_config(path, {"modle.type": "Y"})
    assert load_config(path, {"model.type": "Y", "load_from": "a.pth"}).model.type == "Y"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a = 1\nname = 'caf\xe9'\n".encode("latin-1"), r"not in UTF-8 \(line 2, byte 0xe9\)"),
        ("# -*- coding: gbk -*-\nname = '\u8239'\n".encode("gbk"), r"\(line 2, byte 0xb4\)"),
        ("model = dict()\n".encode("utf-16"), r"\(line 1, byte 0xf[ef]\)"),
        ("model = dict()\n".encode("utf-8-sig"), "begins with a byte-order mark"),
    ],
)
@pytest.mark.parametrize("name", ["config.py", "base.py"])
def test_another_encoding_names_the_file_and_the_line(tmp_path, content, words, name):
    path = write(tmp_path, "_base_ = 'base.py'\n")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"config .*{name} .*{words}"):
        load_config(path)


def test_a_number_that_is_none_is_said_with_the_file(tmp_path):
    with pytest.raises(InputError, match=r"config.py cannot be read: .*int.*'x'"):
        load_config(write(tmp_path, "model = dict(n=int('x'))\n"))


BASE = "epochs = 30\ntrain_cfg = dict(max_epochs=epochs)"


def test_a_helper_that_the_base_has_read_changes_nothing_and_says_so(tmp_path, logged):
    write(tmp_path, BASE, "base.py")
    late = write(tmp_path, "_base_ = 'base.py'\nepochs = 60")
    assert load_config(late).train_cfg.max_epochs == 30
    assert any("sets 'epochs', which its base has already read" in line for line in logged)
    logged.clear()
    read = "_base_ = 'base.py'\nepochs = 60\ntrain_cfg = dict(max_epochs=epochs)"
    assert load_config(write(tmp_path, read)).train_cfg.max_epochs == 60
    assert not any("already read" in line for line in logged)


def test_an_option_that_comes_too_late_is_refused(tmp_path):
    path = write(tmp_path, BASE)
    words = r"--cfg-options sets 'epochs', which the lines of .*config.py have already read"
    with pytest.raises(InputError, match=words):
        load_config(path, {"epochs": 60})
    assert load_config(path, {"train_cfg.max_epochs": 60}).train_cfg.max_epochs == 60
