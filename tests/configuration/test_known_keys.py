"""Every key that mmengine, mmdet and mmyolo read is known; no config of theirs is refused."""

import re
import shutil
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from config_reads import reads_of
from mmengine.config import Config

from tinydet.configuration.known_keys import HELPERS, SUCCESSORS, run_keys
from tinydet.configuration.load import check_keys, unread_keys

PACKAGES = [name for name in ("mmengine", "mmdet", "mmyolo") if find_spec(name)]
# What only a part of a run reads: the finder is blind where it misses one of them.
RARE = {
    *("activation_checkpointing", "compile", "efficient_conv_bn_eval", "find_unused_parameters"),
    *("model_wrapper_cfg", "runner_type", "strategy", "sync_bn", "tta_model", "randomness"),
}


def folder_of(package):
    return Path(find_spec(package).origin).parent


def test_every_key_that_is_read_is_known():
    reads = {package: reads_of(folder_of(package)) for package in PACKAGES}
    everywhere = [read for found in reads.values() for read in found]
    keys = {read.key for read in everywhere}
    known = run_keys() | HELPERS | SUCCESSORS.keys()
    counts = ", ".join(f"{package} {len(found)}" for package, found in reads.items())
    print(f"reads of a config: {counts}; {len(keys)} keys, {len(keys & known)} of them known")
    assert keys >= RARE
    assert [read for read in everywhere if read.key not in known] == []


WAYS = """
def build(cfg, other):
    cfg.attribute.below, cfg["item"], cfg.get("got", 1), cfg.pop("popped"), "there" in cfg
    cfg.setdefault("default", 1), hasattr(cfg, "has"), getattr(cfg, "gets", None)
    cfg.written = other.foreign
    cfg.merge_from_dict(cfg.filename)  # what Config itself has
    def walk(cfg):
        return cfg.lower

def load(path):
    mine = Config.fromfile(path)
    def inner():
        return mine.enclosed
    return mine.made

class Hook:
    def after(self, runner):
        return self.cfg.own, runner.cfg.of_runner, self.runner.cfg.of_my_runner
"""


def test_the_finder_sees_each_way_of_reading(tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "a.py").write_text(WAYS)
    found = [read.key for read in reads_of(tmp_path)]
    everywhere = ["made", "enclosed", "of_runner", "of_my_runner"]
    ways = ["attribute", "item", "got", "popped", "there", "default", "has", "gets", "own"]
    assert sorted(found) == sorted(everywhere + ways)
    (tmp_path / "tools").rename(tmp_path / "models")  # whose cfg is a part
    assert sorted(read.key for read in reads_of(tmp_path)) == sorted(everywhere)


# Variables of upstream's configs that nothing reads.
UNREAD = re.compile(r"^(cudnn_benchmark|optimizer_config|num_det_layers|submission_dir) = ", re.M)


def configs_of(folder):
    """The configs of a package that somebody trains: no parts, none of the deployment tool."""
    return [
        path for path in sorted(folder.rglob("*.py")) if not {"_base_", "deploy"} & {*path.parts}
    ]


def some_of(configs):
    """One in sixty, and those that set what nothing reads."""
    return {*configs[::60], *(path for path in configs if UNREAD.search(path.read_text()))}


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "mmengine"])
@pytest.mark.parametrize("prefix", ["", "checkout", "usr/lib/python3/dist-packages"])
@pytest.mark.parametrize("choice", [some_of, pytest.param(set, marks=pytest.mark.zoo)])
def test_no_config_of_upstream_is_refused(tmp_path, package, prefix, choice):
    """Wherever they lie: in the wheel, in an editable checkout, where a distribution puts them."""
    folder = folder_of(package) / ".mim/configs"
    if prefix:
        folder = shutil.copytree(folder, tmp_path / prefix / package / "configs")
    unread, absent = Counter(), 0
    chosen = choice(configs_of(folder))
    for path in chosen:
        try:
            config = Config.fromfile(path, import_custom_modules=False)
        except (ModuleNotFoundError, FileNotFoundError):  # of mmpretrain; a base left out
            absent += 1
            continue
        check_keys(config, path)  # raises
        unread.update(unread_keys(config, path))
    print(f"{package}: {len(chosen) - absent} of {len(chosen)} configs, none refused; {unread}")
    assert absent < 0.05 * len(chosen)
    assert unread
