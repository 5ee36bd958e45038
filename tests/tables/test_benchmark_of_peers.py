"""``benchmarks/peers.py`` with a stand-in for Ultralytics that detects exactly what is there."""

import itertools
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from tinydet.tables.curves import read_points
from tinydet.tables.peers import read_peers

BOXES = {"a.png": [(3, [10, 10, 12, 12])], "b.png": [(7, [30, 20, 40, 40]), (3, [5, 40, 8, 8])]}
CATEGORIES = [dict(id=7, name="car"), dict(id=3, name="person")]  # not in the order of their ids


@pytest.fixture
def data(tmp_path):
    """A data set whose training and validation pictures are the same."""
    folder = tmp_path / "toy"
    (folder / "images").mkdir(parents=True)
    numbers = itertools.count(1)
    truth = dict(images=[], annotations=[], categories=CATEGORIES)
    for at, (name, boxes) in enumerate(BOXES.items()):
        Image.fromarray(np.zeros((80, 80, 3), np.uint8)).save(folder / "images" / name)
        truth["images"].append(dict(id=at, file_name=name, width=80, height=80))
        truth["annotations"] += [
            dict(id=next(numbers), image_id=at, category_id=label, bbox=box, iscrowd=0)
            | dict(area=box[2] * box[3])
            for label, box in boxes
        ]
    for split in ("train", "val"):
        (folder / f"{split}.json").write_text(json.dumps(truth))
    return folder


@pytest.fixture
def asked(monkeypatch):
    """Replace Ultralytics; return the options of each training."""
    found = []

    class YOLO:
        def __init__(self, weights):
            self.weights = weights

        def train(self, **options):
            found.append(options)
            weights = Path(options["project"], options["name"], "weights")
            weights.mkdir(parents=True)
            for name in ("last", "epoch1", "epoch3"):
                (weights / f"{name}.pt").touch()
            model = torch.nn.Linear(999, 1000)
            self.trainer = SimpleNamespace(epoch=options["epochs"] - 1, model=model)

        def predict(self, path, **options):
            assert Path(self.weights).is_file()
            order = sorted(category["id"] for category in CATEGORIES)
            rows = [(order.index(label), box) for label, box in BOXES[Path(path).name]]
            corners = [[x, y, x + w, y + h] for _, (x, y, w, h) in rows]
            labels = torch.tensor([label for label, _ in rows])
            boxes = dict(xyxy=torch.tensor(corners), conf=torch.full((len(rows),), 0.9))
            return [SimpleNamespace(boxes=SimpleNamespace(**boxes, cls=labels))]

    module = ModuleType("ultralytics")
    module.YOLO, module.__version__ = YOLO, "8"
    monkeypatch.setitem(sys.modules, "ultralytics", module)
    return found


def test_what_is_there_has_an_ap_of_100_and_a_training_is_not_repeated(
    tool, data, asked, tmp_path, monkeypatch
):
    peers = tool("../benchmarks/peers")
    monkeypatch.chdir(tmp_path)
    call = ["yolo-a", "--data", str(data), "--epochs", "4", "--record", "evidence"]
    assert peers.main(call) == peers.main(call) == 0
    (options,) = asked
    assert "optimizer" not in options, "their own choice"
    (run,) = read_peers(tmp_path / "evidence/peers.csv")
    assert (run.numbers["AP"], run.person, run.epochs) == ("100.0", "100.0", "4")
    assert (run.parameters_m, run.settings, run.library) == ("1.00", "default", "Ultralytics 8")
    points = read_points(tmp_path / "evidence/curves.csv")
    assert [(point.epoch, point.ap) for point in points] == [(2, 100.0), (4, 100.0)]


def test_a_training_with_other_settings_is_another_one(tool, data, asked, tmp_path):
    peers = tool("../benchmarks/peers")
    call = ["yolo-a", "--data", str(data), "--out", str(tmp_path / "out")]
    changes = ["--rate 0.003", "--nominal-batch 8", "--seed 1", "--batch 4", "--size 640"]
    changes += ["--hours 0.5", "--max-det 100", "--epochs 9"]
    for words in changes:
        assert peers.main([*call, *words.split()]) == 0
    assert len({options["name"] for options in asked}) == len(changes)
    assert asked[0] | dict(optimizer="AdamW", lr0=0.003, momentum=0.9) == asked[0]
    assert (asked[1]["nbs"], asked[5]["time"]) == (8, 0.5)
