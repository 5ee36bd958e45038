"""Inference on a folder with one broken image, and the files it writes."""

import csv
import json

import numpy as np
import pytest
import torch

from tinydet.configuration import load_config
from tinydet.visualization.draw import Objects

CONFIG = "configs/lrnet/lrnet_n_synthetic.py"
SEEN = Objects(np.array([[2.0, 4.0, 10.0, 8.0]]), np.array([1]), np.array([0.5]))


@pytest.fixture
def checkpoint(tmp_path, monkeypatch, request):
    """Random weights, with class scores raised so that there are detections."""
    monkeypatch.chdir(request.config.rootpath)
    from mmengine.registry import MODELS, init_default_scope

    config = load_config(CONFIG)
    init_default_scope("mmdet")
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    for layers in model.bbox_head.head_module.cls_preds:
        torch.nn.init.constant_(layers[-1].bias, -1.0)
    path = tmp_path / "x.pth"
    classes = [f"class{number}" for number in range(8)]
    meta = dict(dataset_meta=dict(classes=classes))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    return path


def test_a_folder_with_a_broken_image(tool, checkpoint, tiny_data, capsys):
    folder, out = tiny_data / "train", tiny_data.parent / "out"
    (folder / "3.png").write_bytes(b"no image")
    (folder / "sub").mkdir()
    (folder / "sub" / "1.png").write_bytes((folder / "1.png").read_bytes())
    arguments = [CONFIG, str(checkpoint), str(folder), "--out", str(out), "--device", "cpu"]
    arguments += ["--score-thr", "0.1", "--format", "coco", "csv", "yolo", "--batch-size", "2"]
    assert tool("infer").main(arguments) == 1
    printed = capsys.readouterr()
    assert "1 of 5 images could not be read" in printed.err
    assert "3.png is not an image" in printed.err

    coco = json.loads((out / "predictions.json").read_text())
    assert [image["file_name"] for image in coco["images"]] == [
        "1.png",
        "2.png",
        "4.png",
        "sub/1.png",
    ]
    assert coco["annotations"], "the raised scores should give detections"
    assert all(row["score"] >= 0.1 for row in coco["annotations"])
    pictures = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))
    assert "pictures/1.png.png" in pictures
    assert "pictures/sub/1.png.png" in pictures
    with (out / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(coco["annotations"])
    assert (out / "labels" / "sub" / "1.txt").is_file()


def test_formats_of_a_known_box(tool, tmp_path):
    infer = tool("infer")
    rows = [("a.png", (20, 10), SEEN)]
    infer.write_coco(tmp_path, rows, ["x", "y"])
    annotation = json.loads((tmp_path / "predictions.json").read_text())["annotations"][0]
    assert annotation["bbox"] == [2, 4, 8, 4]
    assert annotation["category_id"] == 2
    infer.write_csv(tmp_path, rows, ["x", "y"])
    line = (tmp_path / "predictions.csv").read_text().splitlines()[1]
    assert line == "a.png,y,0.5000,2.00,4.00,10.00,8.00"
    infer.write_yolo(tmp_path, rows, ["x", "y"])
    numbers = (tmp_path / "labels" / "a.txt").read_text().split()
    assert numbers[0] == "1"
    assert [float(number) for number in numbers[1:]] == [0.3, 0.6, 0.4, 0.4, 0.5]


def test_names_sort_as_people_count(tool, tiny_data):
    folder = tiny_data / "val"
    (folder / "10.png").write_bytes((folder / "1.png").read_bytes())
    for source in (str(folder), str(folder / "*.png")):
        root, images = tool("infer").find_images(source)
        assert root == folder
        assert [image.name for image in images] == ["1.png", "2.png", "3.png", "4.png", "10.png"]


def test_nothing_matches(tool, tmp_path, capsys):
    assert tool("infer").main([CONFIG, "x.pth", str(tmp_path / "*.jpg")]) == 1
    assert "no image matches" in capsys.readouterr().err
