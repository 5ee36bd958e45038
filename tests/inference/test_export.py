"""Files of predictions: a known box in, the numbers of each format out, and back."""

import csv
import json

import numpy as np
import pytest

from tinydet.boxes import Boxes
from tinydet.inference.export import label_files, write_coco, write_csv, write_yolo
from tinydet.inference.found import Found

BOX = [2.0, 4.0, 10.0, 8.0]  # 8 x 4 px around (6, 6) in an image of 20 x 10 px
SEEN = Boxes(np.array([BOX]), np.array([1]), np.array([0.5]))
NONE = Boxes(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))
CLASSES = ["ship", "wind-mill"]
IMAGES = [
    Found(name, 20, 10, boxes, CLASSES, open=lambda: None)
    for name, boxes in (("empty.png", NONE), ("sub/a.png", SEEN))
]


def test_coco(tmp_path):
    write_coco(tmp_path, IMAGES, CLASSES)
    (row,) = json.loads((tmp_path / "predictions.json").read_text())
    assert row == dict(image_id=2, category_id=2, bbox=[2, 4, 8, 4], score=0.5)
    names = json.loads((tmp_path / "images.json").read_text())
    assert names["images"][1] == dict(id=2, file_name="sub/a.png", width=20, height=10)
    assert names["categories"][1] == dict(id=2, name="wind-mill")


def test_coco_is_what_pycocotools_loads(tmp_path):
    pycocotools = pytest.importorskip("pycocotools.coco")
    write_coco(tmp_path, IMAGES, CLASSES)
    truth = pycocotools.COCO(str(tmp_path / "images.json"))
    assert truth.loadRes(str(tmp_path / "predictions.json")).anns[1]["area"] == 32


def test_csv(tmp_path):
    write_csv(tmp_path, IMAGES, CLASSES)
    with (tmp_path / "predictions.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["file"], row["class"], float(row["score"])) == ("sub/a.png", "wind-mill", 0.5)
    assert [float(row[name]) for name in ("x1", "y1", "x2", "y2")] == BOX


def test_yolo(tmp_path):
    write_yolo(tmp_path, IMAGES, CLASSES)
    label, x, y, w, h, score = (tmp_path / "labels" / "sub" / "a.txt").read_text().split()
    assert (label, float(score)) == ("1", 0.5)
    assert [float(value) for value in (x, y, w, h)] == [0.3, 0.6, 0.4, 0.4]
    assert (tmp_path / "labels" / "empty.txt").read_text() == ""
    assert (tmp_path / "labels" / "classes.txt").read_text().split() == CLASSES


def test_no_label_file_replaces_another():
    names = ["a.jpg", "a.png", "b.png", "sub/a.jpg", "classes.jpg"]
    files = label_files(names)
    assert files == ["a.jpg.txt", "a.png.txt", "b.txt", "sub/a.txt", "classes.jpg.txt"]
