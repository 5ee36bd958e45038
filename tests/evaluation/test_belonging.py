"""Predictions that are not of this ground truth are told from those that are only bad."""

import json
from pathlib import Path

import numpy as np
import pytest

from tinydet.boxes import Boxes
from tinydet.errors import InputError
from tinydet.evaluation.belonging import check_belonging

ANN = Path("val.json")
RNG = np.random.default_rng(0)
START = RNG.uniform(0, 180, (40, 2))
BOXES = np.concatenate([START, RNG.uniform(4, 20, (40, 2))], 1)  # x, y, w, h in 200 x 200 px


@pytest.fixture
def truth():
    images = [dict(id=n, file_name=f"a/{n}.png", width=200, height=200) for n in (1, 2)]
    categories = [dict(id=1, name="boat"), dict(id=2, name="ferry")]
    return dict(images=images, categories=categories, annotations=[])


def found(boxes=BOXES, categories=(1, 2)):
    count = len(boxes)
    class_ids, image_ids = np.resize(categories, count), np.arange(count) % 2 + 1
    return Boxes(boxes, class_ids, np.ones(count), image_ids, "xywh")


def check(truth, detections, pred=Path("results.json")):
    check_belonging(truth, ANN, detections, pred)


def test_predictions_that_belong(truth):
    check(truth, found())
    check(truth, found(BOXES[:0]))
    check(truth, found(categories=(1,)))
    check(truth, found(categories=(1, 7)))  # left out and counted by the evaluation
    check(truth, found(BOXES + [30, 30, 0, 0]))  # some reach beyond the image
    for image in truth["images"]:
        del image["width"]
    check(truth, found(BOXES + [0, 0, *START.max(0)]))


def test_corners(truth):
    corners = np.concatenate([BOXES[:, :2], BOXES[:, :2] + BOXES[:, 2:]], 1)
    with pytest.raises(InputError, match=r"of 40 boxes extend beyond .* none as x1, y1, x2, y2"):
        check(truth, found(corners))


def test_fractions(truth):
    with pytest.raises(InputError, match="between 0 and 1"):
        check(truth, found(BOXES / 200))


def test_pixels_of_another_size_are_warned_of(truth, monkeypatch):
    said = []
    monkeypatch.setattr(
        "tinydet.evaluation.belonging.print_log", lambda text, *_: said.append(text)
    )
    check(truth, found(BOXES * 4))
    assert "boxes extend beyond their images; are the boxes in pixels" in said[0]


@pytest.mark.parametrize(
    ("categories", "sentence"),
    [((0, 1), "labels counted from 0"), ((90, 91), "ids 90, 91 are not")],
)
def test_other_categories(truth, categories, sentence):
    with pytest.raises(InputError, match=sentence):
        check(truth, found(categories=categories))


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("images", r"2 of 2 ids have other names, 1 is '2.png' in .*images.json and '1.png'"),
        ("categories", r"2 of 2 ids have other names, 1 is 'ferry' in .*images.json and 'boat'"),
    ],
)
def test_names_of_the_ids(truth, tmp_path, section, sentence):
    """As tools/infer.py writes them, in its own order and below the folder it searched."""
    explained = json.loads(json.dumps(truth))
    for image in explained["images"]:
        image["file_name"] = image["file_name"].removeprefix("a/")
    (tmp_path / "images.json").write_text(json.dumps(explained))
    check(truth, found(), tmp_path / "predictions.json")
    for item, number in zip(explained[section], (2, 1), strict=True):
        item["id"] = number
    (tmp_path / "images.json").write_text(json.dumps(explained))
    with pytest.raises(InputError, match=sentence):
        check(truth, found(), tmp_path / "predictions.json")
    check(truth, found(), tmp_path / "others.json")  # of which images.json says nothing
