"""An ablation changes the model, and only the model, of the config it inherits from."""

from pathlib import Path

import pytest
from mmengine.config import Config

from tinydet.datasets import named

CONFIGS = Path(__file__).parents[2] / "configs"
ABLATIONS = sorted(CONFIGS.glob("*/ablations/*.py"))
RUNNABLE = sorted(
    path
    for path in CONFIGS.rglob("*.py")
    if "_base_" not in path.parts and not path.stem.startswith("_")
)
CLASSES = {
    "synthetic": named.SyntheticAerialDataset,
    "aitod": named.AITODDataset,
    "hituav": named.HITUAVDataset,
}


def flatten(node, prefix=""):
    """Return ``{"model.bbox_head.type": value, ...}`` for every leaf below ``node``."""
    if not isinstance(node, dict):
        return {prefix.rstrip("."): node}
    leaves = {}
    for key, value in node.items():
        leaves.update(flatten(value, f"{prefix}{key}."))
    return leaves


def keys_that_differ(path, parent):
    ours = flatten(Config.fromfile(path).to_dict())
    theirs = flatten(Config.fromfile(parent).to_dict())
    nothing = object()  # None is a value: focal=None
    keys = ours.keys() | theirs.keys()
    return {key for key in keys if ours.get(key, nothing) != theirs.get(key, nothing)}


def parent_of(path):
    return Config._get_cfg_path(Config._get_base_files(str(path))[0], str(path))[0]


@pytest.mark.parametrize("path", ABLATIONS, ids=lambda path: path.stem)
def test_ablation_touches_the_model_alone(path):
    changed = keys_that_differ(path, parent_of(path))
    assert changed, "nothing differs from the parent"
    assert all(key.startswith("model.") for key in changed), sorted(changed)
    statements = [
        line for line in path.read_text().splitlines() if line.startswith(("_base_ =", "model ="))
    ]
    assert len(statements) == 2, "one _base_ and one model"


@pytest.mark.parametrize("dataset", CLASSES)
def test_lrnet_is_p2_with_another_model(dataset):
    path = CONFIGS / f"lrnet/lrnet_n_{dataset}.py"
    changed = keys_that_differ(path, parent_of(path))
    assert all(key.startswith("model.") for key in changed), sorted(changed)


def numbers_of_classes(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "num_classes":
                yield value
            yield from numbers_of_classes(value)
    elif isinstance(node, list):
        for value in node:
            yield from numbers_of_classes(value)


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_every_num_classes_is_that_of_the_data_set(path):
    config = Config.fromfile(path)
    dataset = next(CLASSES[name] for name in CLASSES if name in path.stem.split("_"))
    assert config.train_dataloader.dataset.type == f"tinydet.{dataset.__name__}"
    found = set(numbers_of_classes(config.to_dict()))
    assert found == {len(dataset.METAINFO["classes"])}
