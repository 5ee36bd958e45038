"""An ablation changes the model, and only the model, of the config it inherits from."""

import functools

import pytest
from config_tree import CONFIGS
from mmengine.config import Config

ABLATIONS = sorted(CONFIGS.glob("*/ablations/*.py"))
# One that is evaluated by another metric differs from its parent in that.
LRNET = [p for p in sorted(CONFIGS.glob("lrnet/lrnet_n_*.py")) if "_aitod-metric" not in p.stem]


def flatten(node, prefix=""):
    """Return ``{"model.bbox_head.type": value, ...}`` for every leaf below ``node``."""
    if not isinstance(node, dict):
        return {prefix.rstrip("."): node}
    leaves = {}
    for key, value in node.items():
        leaves.update(flatten(value, f"{prefix}{key}."))
    return leaves


@functools.cache  # a parent has many children
def leaves_of(*files):
    return flatten(Config.fromstring(f"_base_ = {list(files)}", ".py").to_dict())


def keys_that_differ(path):
    """Return the keys that a config sets to another value than its bases have."""
    bases = [Config._get_cfg_path(base, str(path))[0] for base in Config._get_base_files(str(path))]
    ours, theirs = leaves_of(str(path)), leaves_of(*bases)
    nothing = object()  # None is a value: focal=None
    keys = ours.keys() | theirs.keys()
    return {key for key in keys if ours.get(key, nothing) != theirs.get(key, nothing)}


@pytest.mark.parametrize("path", ABLATIONS, ids=lambda path: path.stem)
def test_ablation_touches_the_model_alone(path):
    changed = keys_that_differ(path)
    assert changed, "nothing differs from the parent"
    assert all(key.startswith("model.") for key in changed), sorted(changed)
    statements = [
        line for line in path.read_text().splitlines() if line.startswith(("_base_ =", "model ="))
    ]
    assert len(statements) == 2, "one _base_ and one model"


@pytest.mark.parametrize("path", LRNET, ids=lambda path: path.stem)
def test_lrnet_is_p2_with_another_model(path):
    changed = keys_that_differ(path)
    assert {key.split(".")[0] for key in changed} <= {"model"}, sorted(changed)
