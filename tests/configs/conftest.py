"""A config made to run here: two small images in its own format, a CPU, no weights to download."""

from pathlib import Path

import numpy as np
import pytest
from config_tree import innermost, shrink
from data_files import COUNT, OBJECTS, SIDE, write_coco, write_images, write_voc
from mmengine.registry import DATASETS

from tinydet.checkpoints import detector_of


@pytest.fixture(scope="session")
def boxes():
    """Corners of the objects of each image, ``(image, object, 4)`` whole pixels."""
    rng = np.random.default_rng(0)
    size = rng.integers(8, 24, (COUNT, OBJECTS, 2))
    start = rng.integers(0, SIDE - 24, (COUNT, OBJECTS, 2))
    return np.concatenate([start, start + size], -1)


def classes_of(dataset):
    own = dataset.get("metainfo", {}).get("classes")
    return list(own or DATASETS.get(dataset.type).METAINFO["classes"])


def move_data(config, root, boxes):
    """Write the files that the config's data sets and evaluators name, below ``root``."""
    for split in ("train", "val", "test"):
        dataset = innermost(config[f"{split}_dataloader"].dataset)
        old, dataset.data_root = dataset.data_root, str(root)
        classes = classes_of(dataset)
        if "years" in dataset:
            for year in dataset.years:
                write_voc(root / f"VOC{year}", dataset.get("split", "trainval"), boxes, classes)
        else:
            names = [f"{number}.jpg" for number in range(COUNT)]
            write_images(root / dataset.data_prefix.img, names, boxes)
            write_coco(root / dataset.ann_file, names, boxes, classes)
        evaluator = config.get(f"{split}_evaluator", {})
        if "ann_file" in evaluator:
            assert evaluator.ann_file.startswith(old), "the evaluator's file is not the data set's"
            evaluator.ann_file = evaluator.ann_file.replace(old, str(root))
            assert Path(evaluator.ann_file).is_file(), evaluator.ann_file
        if "whole_ann_file" in evaluator:  # the images are tiles as large as their pictures
            evaluator.whole_ann_file = evaluator.whole_ann_file.replace(old, str(root))
            write_coco(Path(evaluator.whole_ann_file), names, boxes, classes)


def forget_weights(node):
    """Leave out pretrained weights and the frozen statistics that belong to them.

    There is no network here; random weights under statistics of 0 and 1 grow from block to block.
    """
    if isinstance(node, dict):
        pretrained = (node.get("init_cfg") or {}).get("type") == "Pretrained"
        if pretrained or isinstance(node.get("pretrained"), str):
            node.update({key: None for key in ("init_cfg", "pretrained") if key in node})
            if "norm_eval" in node:
                node["norm_eval"] = False
            if node["type"].endswith("TridentResNet"):
                # mmdet leaves its convolutions to the checkpoint: else they are what memory held.
                node["init_cfg"] = dict(type="Kaiming", layer=["Conv2d", "TridentConv"])
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, dict | list | tuple):
            forget_weights(value)


def keep_unsure_detections(model):
    """Let detections of any score through: an untrained detector is sure of none."""
    for test_cfg in (model.test_cfg, model.test_cfg.get("rcnn", {})):
        if "score_thr" in test_cfg:
            test_cfg.score_thr = -1.0  # a score may be 0 exactly


def propose_less(model):
    """Keep 100 proposals an image: 2,000 and more go through every RoI head otherwise."""
    stages = (model.get("train_cfg") or {}).get("rpn_proposal"), model.test_cfg.get("rpn")
    for stage in filter(None, stages):
        stage.update(nms_pre=200, max_per_img=100)


@pytest.fixture
def make_runnable(tmp_path, boxes):
    """Return a function that changes a config so that it trains one step and validates once."""

    def change(config, factor):
        move_data(config, tmp_path / "data", boxes)
        forget_weights(config.model)
        keep_unsure_detections(detector_of(config.model))
        propose_less(detector_of(config.model))
        if "pipeline" in config.model:  # of the tiles of a sliced detector
            tile = shrink(config.to_dict()["model"]["pipeline"], factor)
            config.model.update(pipeline=tile, size=SIDE // 2, overlap=0.2)
        for name in ("train_dataloader", "val_dataloader", "test_dataloader"):
            config[name].update(batch_size=COUNT, num_workers=0, persistent_workers=False)
            dataset = innermost(config[name].dataset)
            dataset.pipeline = shrink(dataset.to_dict()["pipeline"], factor)
        if "train_pipeline_stage2" in config:
            config.train_pipeline_stage2 = shrink(config.to_dict()["train_pipeline_stage2"], factor)
        config.train_cfg.update(max_epochs=1, val_interval=1)
        config.train_cfg.pop("dynamic_intervals", None)
        config.default_hooks.checkpoint = None
        config.log_level = "WARNING"
        config.work_dir = str(tmp_path / "work")
        return config

    return change
