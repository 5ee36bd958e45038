"""A config made to run here: two small images in its own format, a CPU, no weights to download."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from mmengine.registry import DATASETS
from PIL import Image

SIDE = 128  # pixels of the images; what the pipelines make of them is a quarter of its size
COUNT = 2
OBJECTS = 12


@pytest.fixture(scope="session")
def boxes():
    """Corners of the objects of each image, ``(image, object, 4)`` whole pixels."""
    rng = np.random.default_rng(0)
    size = rng.integers(8, 24, (COUNT, OBJECTS, 2))
    start = rng.integers(0, SIDE - 24, (COUNT, OBJECTS, 2))
    return np.concatenate([start, start + size], -1)


def write_images(folder, names, boxes):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    for name, corners in zip(names, boxes, strict=True):
        pixels = rng.integers(0, 80, (SIDE, SIDE, 3), dtype=np.uint8)
        for x1, y1, x2, y2 in corners:
            pixels[y1:y2, x1:x2] = 200
        Image.fromarray(pixels).save(folder / name)


def write_coco(path, names, boxes, classes):
    """What COCO and ``convert.py --from visdrone`` have in common, and the latter's extra key."""
    images = [
        dict(id=i, file_name=name, width=SIDE, height=SIDE, ignored_regions=[])
        for i, name in enumerate(names, start=1)
    ]
    annotations = [
        dict(
            id=1 + image * OBJECTS + number,
            image_id=image + 1,
            category_id=number % len(classes) + 1,
            bbox=[int(x1), int(y1), int(x2 - x1), int(y2 - y1)],
            area=int((x2 - x1) * (y2 - y1)),
            iscrowd=0,
        )
        for image, corners in enumerate(boxes)
        for number, (x1, y1, x2, y2) in enumerate(corners)
    ]
    categories = [dict(id=i, name=name) for i, name in enumerate(classes, start=1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(images=images, annotations=annotations, categories=categories)))


def write_voc(folder, split, boxes, classes):
    stems = [f"{folder.name}_{number}" for number in range(COUNT)]
    write_images(folder / "JPEGImages", [f"{stem}.jpg" for stem in stems], boxes)
    for sub in ("Annotations", "ImageSets/Main"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    (folder / f"ImageSets/Main/{split}.txt").write_text("\n".join(stems))
    for stem, corners in zip(stems, boxes, strict=True):
        root = ElementTree.Element("annotation")
        size = ElementTree.SubElement(root, "size")
        for side in ("width", "height"):
            ElementTree.SubElement(size, side).text = str(SIDE)
        for number, corner in enumerate(corners):
            item = ElementTree.SubElement(root, "object")
            ElementTree.SubElement(item, "name").text = classes[number % len(classes)]
            box = ElementTree.SubElement(item, "bndbox")
            for key, value in zip(("xmin", "ymin", "xmax", "ymax"), corner + 1, strict=True):
                ElementTree.SubElement(box, key).text = str(value)
        ElementTree.ElementTree(root).write(folder / f"Annotations/{stem}.xml")


@pytest.fixture(scope="session", autouse=True)
def roots(tmp_path_factory):
    """Training annotations of the data sets that a config takes ``constant="auto"`` from."""
    root, boxes = tmp_path_factory.mktemp("roots"), np.array([[[0, 0, 12, 12]]] * COUNT)
    files = dict(
        COCO_ROOT=("annotations/instances_train2017.json", "car"),
        VISDRONE_ROOT=("annotations/visdrone_train.json", "car"),
        DOTAV2_ROOT=("dota_v2.0_train.json", "small-vehicle"),
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, (file, kind) in files.items():
            write_coco(root / name / file, ["0.jpg", "1.jpg"], boxes, [kind])
            patch.setenv(name, str(root / name))
        for year in (2007, 2012):
            write_voc(root / f"VOC_ROOT/VOC{year}", "trainval", boxes, ["car"])
        patch.setenv("VOC_ROOT", str(root / "VOC_ROOT"))
        yield root


def innermost(dataset):
    return innermost(dataset.dataset) if "dataset" in dataset else dataset


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


SIZES = {"scale", "scales", "img_scale", "crop_size", "border"}


def shrink(node, factor):
    """Scale the sizes that a pipeline names, to multiples of 32 (of 16 for half an image)."""
    if isinstance(node, dict):
        return {
            key: smaller(value, factor) if key in SIZES else shrink(value, factor)
            for key, value in node.items()
        }
    return [shrink(value, factor) for value in node] if isinstance(node, list | tuple) else node


def smaller(value, factor):
    if isinstance(value, list | tuple):
        return type(value)(smaller(part, factor) for part in value)
    if value is None or abs(value) < 200:
        return value
    step = 16 if value < 0 else 32  # a border is half of a mosaic, and negative
    return max(1, round(abs(value) * factor / 32 / (step / 32))) * step * (1 if value > 0 else -1)


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
        keep_unsure_detections(config.model)
        propose_less(config.model)
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
