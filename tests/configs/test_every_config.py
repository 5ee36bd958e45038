"""Every config of the tree: its keys are read, its classes and its limit are those of its data."""

import re

import pytest
from config_tree import CONFIGS, RUNNABLE, innermost, load, name_of
from mmengine.registry import DATASETS, DefaultScope

from tinydet.checkpoints import detector_of
from tinydet.configuration.checks import check_model
from tinydet.configuration.load import load_config, unread_keys
from tinydet.configuration.sources import sources

BASES = (CONFIGS / "_base_" / "datasets").glob("[!_]*_mm*.py")
DATA = {path.stem.split("_")[0] for path in BASES}
CLASSES = {  # else <name>Dataset
    "own": "TinyCocoDataset",
    "scenes": "SyntheticScenesDataset",
    "synthetic": "SyntheticAerialDataset",
}
# Detections per image that an evaluation uses, where these are more than 100. Beyond the limit of
# COCO's protocol, 100 is more than the densest image has (HIT-UAV 39 objects, synthetic 61).
LIMITS = dict.fromkeys(("aitod", "aitodv2", "dotav2", "own", "scenes"), 1500) | {"visdrone": 500}
FEWER = {"cornernet": 1000}  # mmdet's decoder keeps no more
LRNET_LIMIT = (
    300  # of its release, in what its tables have: AI-TOD, and VisDrone by AI-TOD's ranges
)
HELPERS = {"img_scale", "num_classes"}  # set for the lines that read them, whatever the parent has
LRNET_FOLDERS = {"lrnet", "yolo11", "yolov10", "yolov8", "yolov9"}  # LR-Net and its comparators
MISSING = object()
MOST_FILES = 6  # that a config stands on, itself included
RECIPES = {  # whose names are short, for docs/recipe.md: data and epochs
    "tiny_drone": ("hituav", 8),
    "tiny_drone_own": ("own", 30),
    "tiny_drone_large_pictures": ("own", 30),
}
EPOCHS = {"1x": 12, "140e": 28}  # an epoch of CenterNet is five passes; else the name is the number


def data_of(path):
    if path.stem in RECIPES:
        return RECIPES[path.stem][0]
    (name,) = (part for part in path.stem.split("_") if part in DATA)
    return name


def schedule_of(path):
    """Return the epochs that the file name states, before the data's name."""
    if path.stem in RECIPES:
        return RECIPES[path.stem][1]
    parts = path.stem.split("_")
    schedule = parts[parts.index(data_of(path)) - 1]
    return EPOCHS.get(schedule) or int(schedule.removesuffix("e"))


def limit_of(path):
    """Return the detections an image that a config must keep at least."""
    if LRNET_FOLDERS & {*path.parts} and {"aitod", "aitod-metric"} & {*path.stem.split("_")}:
        return LRNET_LIMIT
    return FEWER.get(path.parent.name, LIMITS.get(data_of(path), 100))


def numbers_of_classes(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "num_classes":
                yield value
            yield from numbers_of_classes(value)
    elif isinstance(node, list):
        for value in node:
            yield from numbers_of_classes(value)


@pytest.mark.parametrize("path", RUNNABLE, ids=name_of)
def test_keys_classes_limit_batch_and_parts_that_fit(path, roots):
    config, repeated = load(path)
    assert unread_keys(config, path) == []
    name = data_of(path)
    expected = f"tinydet.{CLASSES.get(name, f'{name}Dataset')}"
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        dataset = innermost(config[loader].dataset)
        assert dataset.type.lower() == expected.lower()
        classes = dataset.get("metainfo", DATASETS.get(dataset.type).METAINFO)["classes"]
        assert set(numbers_of_classes(config.to_dict())) == {len(classes)}
    test_cfg = detector_of(config.model).test_cfg
    kept = test_cfg.get("rcnn", test_cfg).max_per_img
    limit = limit_of(path)
    assert kept == limit if limit == LRNET_LIMIT else kept >= limit
    assert config.auto_scale_lr.base_batch_size > 0
    assert not repeated
    with DefaultScope.overwrite_default_scope(config.default_scope):
        check_model(detector_of(config.model))  # raises
    assert config.train_cfg.max_epochs == schedule_of(path)
    files = {file.resolve() for file, _ in sources(path)}
    assert len(files) <= MOST_FILES, sorted(map(str, files))


def test_the_name_says_p2_behind_the_backbone():
    names = [path.stem for path in RUNNABLE if "p2" in path.stem]
    assert names
    assert all(name.split("_")[1].endswith("-p2") for name in names), names


def test_steps_of_pipelines_are_named():
    by_position = re.compile(r"pipeline\w*\[|_base_\.\w+\[-?\d+\]\.")
    wrong = [path for path in CONFIGS.rglob("*.py") if by_position.search(path.read_text())]
    assert wrong == []


def test_a_data_set_of_ones_own_brings_its_classes():
    config = load_config(CONFIGS / "lrnet/lrnet_n_300e_own.py")
    assert config.num_classes == 2
    assert config.train_dataloader.dataset.metainfo.classes == ("boat", "ferry")


def test_visdrone_is_tested_on_the_split_that_the_environment_names(monkeypatch):
    path = CONFIGS / "yolov8/yolov8_n_300e_visdrone.py"
    monkeypatch.setenv("VISDRONE_TEST_SPLIT", "test-dev")
    config = load_config(path)
    assert config.test_dataloader.dataset.data_prefix.img == "VisDrone2019-DET-test-dev/images/"
    assert config.test_evaluator.ann_file.endswith("/annotations/visdrone_test-dev.json")
    assert config.val_dataloader.dataset.data_prefix.img == "VisDrone2019-DET-val/images/"
    assert config.val_evaluator.ann_file.endswith("/annotations/visdrone_val.json")
