"""Every config of the tree: its keys are read, its classes and its limit are those of its data."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS

from tinydet.configuration.load import load_config, unread_keys

CONFIGS = Path(__file__).parents[2] / "configs"
RUNNABLE = sorted(
    path
    for path in CONFIGS.rglob("*.py")
    if "_base_" not in path.parts and not path.stem.startswith("_")
)
BASES = (CONFIGS / "_base_" / "datasets").glob("[!_]*_mm*.py")
DATA = {path.stem.split("_")[0] for path in BASES}
CLASSES = {"own": "TinyCocoDataset", "synthetic": "SyntheticAerialDataset"}  # else <name>Dataset
# Detections per image that an evaluation uses, where these are more than 100. Beyond the limit of
# COCO's protocol, 100 is more than the densest image has (HIT-UAV 39 objects, synthetic 61).
LIMITS = {"aitod": 1500, "aitodv2": 1500, "visdrone": 500, "dotav2": 1500, "own": 1500}
FEWER = {"cornernet": 1000}  # mmdet's decoder keeps no more
LRNET_LIMIT = (
    300  # of its release, in what its tables have: AI-TOD, and VisDrone by AI-TOD's ranges
)
HELPERS = {"img_scale", "num_classes"}  # set for the lines that read them, whatever the parent has
MISSING = object()


def data_of(path):
    (name,) = (part for part in path.stem.split("_") if part in DATA)
    return name


def limit_of(path):
    """Return the detections an image that a config must keep at least."""
    of_lrnet = "lrnet" in path.parts or "yolov8" in path.parts
    if of_lrnet and {"aitod", "aitod-metric"} & {*path.stem.split("_")}:
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


def innermost(dataset):
    return innermost(dataset.dataset) if "dataset" in dataset else dataset


@pytest.fixture
def repeated(monkeypatch):
    """Collect ``file: key`` where a file of ours sets what its bases say already."""
    read, merge = Config._file2dict, Config._merge_a_into_b
    files, found = [], set()

    def watch_file(filename, *args, **kwargs):
        files.append(Path(filename))
        result = read(filename, *args, **kwargs)
        files.pop()
        return result

    def watch_merge(child, parent, *args, **kwargs):
        if files and CONFIGS in files[-1].resolve().parents:
            found.update(
                f"{files[-1].name}: {key}"
                for key, value in child.items()
                if key not in HELPERS
                and not isinstance(value, dict | list)  # a list is a base's, changed in place
                and value == parent.get(key, MISSING)
            )
        return merge(child, parent, *args, **kwargs)

    monkeypatch.setattr(Config, "_file2dict", staticmethod(watch_file))
    monkeypatch.setattr(Config, "_merge_a_into_b", staticmethod(watch_merge))
    return found


@pytest.mark.parametrize(
    "path", RUNNABLE, ids=lambda path: str(path.relative_to(CONFIGS).with_suffix(""))
)
def test_keys_classes_limit_and_batch(path, repeated):
    config = load_config(path)
    assert unread_keys(config, path) == []
    name = data_of(path)
    expected = f"tinydet.{CLASSES.get(name, f'{name}Dataset')}"
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        dataset = innermost(config[loader].dataset)
        assert dataset.type.lower() == expected.lower()
        classes = dataset.get("metainfo", DATASETS.get(dataset.type).METAINFO)["classes"]
        assert set(numbers_of_classes(config.to_dict())) == {len(classes)}
    test_cfg = config.model.test_cfg
    kept = test_cfg.get("rcnn", test_cfg).max_per_img
    limit = limit_of(path)
    assert kept == limit if limit == LRNET_LIMIT else kept >= limit
    assert config.auto_scale_lr.base_batch_size > 0
    assert not repeated


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
