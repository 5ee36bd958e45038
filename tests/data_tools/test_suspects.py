"""Rules that find suspicious boxes, and those that mend what can be mended."""

import json

import numpy as np
import pytest

from tinydet.data_tools.blank import on_blank
from tinydet.data_tools.data import Data
from tinydet.data_tools.faults import Faults
from tinydet.data_tools.formats import READERS, WRITERS
from tinydet.data_tools.mending import mend
from tinydet.data_tools.published import against_published
from tinydet.data_tools.source import Source, Target
from tinydet.data_tools.suspects import suspects

IMAGES = [dict(id=1, file_name="a.png", width=100, height=80)]


def row(number, box, **fields):
    box = [float(value) for value in box]
    return dict(id=number, image_id=1, category_id=1, bbox=box, area=box[2] * box[3]) | fields


@pytest.fixture
def file(tmp_path):
    def write(*rows):
        path = tmp_path / "raw.json"
        coco = dict(images=IMAGES, annotations=rows, categories=[dict(id=1, name="car")])
        path.write_text(json.dumps(coco))
        return path

    return write


def found_in(path):
    return {
        words: [row["id"] for row in rows]
        for words, rows in suspects(Data.read(path, None)).items()
    }


def test_each_rule_finds_its_box(file):
    usual = [row(number, [number * 4, 10, 3, 3]) for number in range(1, 21)]
    usual[4]["area"] = 8.95  # rounding
    faulty = [
        row(31, [8, 10, 3.2, 3]),  # that of number 2
        row(32, [50, 50, 12, 12]),  # √area four times the median
        row(33, [50, 30, 1.5, 6]),
        row(34, [60, 30, 3, 3], area=4),
        row(35, [70, 30, 3, 3], area=4, segmentation=[[70, 30, 73, 30, 70, 33]]),
        row(36, [80, 30, 3, 3], area=99, segmentation=[[1, 2, 3, 4, 5, 6]]),
        row(37, [90, 30, 3, 3], area=0),
        row(38, [95, 30, 3, 3], area=None),
    ]
    assert found_in(file(*usual, *faulty)) == {
        "labeled twice": [31],
        "of an unusual size for car": [32],
        "less than 2 px wide or high": [33],
        "with an area that is not that of the box": [34, 36, 37],
    }


def test_a_rare_class_has_no_usual_size(file):
    assert found_in(file(*(row(n, [n, n, n, n]) for n in range(2, 20)))) == {}


def test_boxes_on_one_color_are_those_without_an_edge_nearby():
    pixels = np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8)
    pixels[:, 40:] = 7  # padding
    pixels[30:34, 70:74] = 200  # an object there
    pixels[50, 60] += 2  # what JPEG leaves
    boxes = [[10, 10, 20, 20], [43, 5, 50, 9], [41, 5, 50, 9], [70, 30, 74, 34], [56, 46, 90, 60]]
    assert on_blank(pixels, np.array(boxes, float)).tolist() == [False, True, False, False, True]


def mended(path, out):
    faults = Faults()
    (data,) = READERS["coco"](Source(path, faults)).values()
    data, done = mend(data)
    WRITERS["coco"]({"out": data}, Target(out, faults))
    return json.loads(out.read_text()), done


def test_what_rules_can_mend_is_mended_and_counted(file, tmp_path):
    rows = [
        row(1, [10.5, 10.25, 6.125, 6]),
        row(2, [10.5, 10.25, 6.125, 6], iscrowd=1),  # of another kind
        row(3, [10.5, 10.25, 6.125, 6], score=3),
        row(4, [96, 70, 8, 20]),
        row(5, [120, 70, 8, 20]),
        row(6, [50, 50, 0, 9]),
        row(7, [60, 60, 5, 5], area=9),
        row(8, [60, 20, 5, 5], area=9, segmentation=[[60, 20, 65, 20, 60, 25]]),
    ]
    coco, done = mended(file(*rows), tmp_path / "out.json")
    left = {row["id"]: row for row in coco["annotations"]}
    assert list(left) == [1, 2, 4, 7, 8]
    assert left[1]["bbox"] == [10.5, 10.25, 6.125, 6]
    assert left[4]["bbox"] == [96, 70, 4, 10]
    assert [left[key]["area"] for key in (4, 7, 8)] == [40, 25, 9]
    assert done == {
        "boxes without area taken out": 1,
        "boxes beside their picture taken out": 1,
        "boxes clipped to their picture": 1,
        "boxes taken out that repeat a box of their class": 1,
        "areas set to width x height": 1,
    }


def test_mending_again_changes_nothing(file, tmp_path):
    first, _ = mended(
        file(row(1, [-3, 2, 9, 9]), row(2, [1, 2, 3, 4], area=5)), tmp_path / "a.json"
    )
    second, done = mended(tmp_path / "a.json", tmp_path / "b.json")
    assert (second, done) == (first, {})


@pytest.mark.parametrize(
    ("dataset", "pictures", "boxes", "sentence"),
    [
        ("AITODDataset", 14_018, 347_617, ""),
        (
            "AITODDataset",
            14_018,
            9,
            "9 boxes; published for 14,018 pictures: 353,004 (trainval), 347",
        ),
        ("AITODv2Dataset", 2_804, 9, ""),
        ("VisDroneDataset", 500, 9, "500 pictures; published: 6,471 (train), 548 (val), 1,610"),
        ("DOTAv2Dataset", 9_000, 9, "593 (val); no counts of tiles are published"),
        ("HITUAVDataset", 1, 1, ""),
    ],
)
def test_counts_are_compared_with_the_published_ones(dataset, pictures, boxes, sentence):
    found = against_published(dataset, dict(images=range(pictures), annotations=[{}] * boxes))
    assert sentence in found
    assert bool(sentence) == bool(found)


def test_boxes_to_ignore_are_in_some_counts():
    rows = [{}] * 38_759 + [dict(ignore=1)] * 12
    assert against_published("VisDroneDataset", dict(images=range(548), annotations=rows)) == ""
