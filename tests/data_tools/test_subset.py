"""Classes, sizes, merges and splits, by numbers worked out by hand."""

import json

import numpy as np
import pytest

from tinydet.boxes import Boxes
from tinydet.data_tools.pictures import Kind
from tinydet.data_tools.splitting import groups_of, sample, split
from tinydet.data_tools.subset import clip, merge, of_classes, of_sizes, rename
from tinydet.errors import InputError

IMAGES = [
    dict(
        id=number, file_name=f"f{number % 3}_{number}.png", width=100, height=50, flight=number % 4
    )
    for number in range(12)
]
BOXES = [(1, "car", [0, 0, 2, 8]), (1, "van", [90, 40, 20, 20]), (2, "bus", [5, 5, 40, 40])]
NAMES = ["car", "van", "bus"]
COCO = dict(
    info=dict(year=2026),
    images=IMAGES,
    annotations=[
        dict(
            id=10 + number, image_id=image, category_id=5 + NAMES.index(name), bbox=box, tag=number
        )
        for number, (image, name, box) in enumerate(BOXES)
    ],
    categories=[dict(id=5 + number, name=name, color="red") for number, name in enumerate(NAMES)],
)


@pytest.fixture
def data(read):
    return read("coco", {"x.json": json.dumps(COCO)}, "x.json", images=False, pictures=())[0]


def listed(data):
    """Return class, box and kind of all boxes."""
    return [
        (data.classes[label], box, kind)
        for picture in data.pictures
        for label, box, kind in zip(
            picture.boxes.class_ids.tolist(),
            picture.boxes.xywh.tolist(),
            picture.kinds.tolist(),
            strict=True,
        )
    ]


def test_classes_that_get_one_name_become_one(data):
    found = rename(data, dict(van="car", bus="coach"))
    assert listed(found) == [("car", box, 0) for *_, box in BOXES[:2]] + [("coach", BOXES[2][2], 0)]
    assert [(item["id"], item["name"], item["color"]) for item in found.categories] == [
        (5, "car", "red"),
        (7, "coach", "red"),
    ]
    with pytest.raises(InputError, match=r"--rename names 'vans' \(did you mean 'van'\?\)"):
        rename(data, dict(vans="car"))


def test_a_class_that_is_dropped_leaves_its_pictures_and_the_ids(data):
    found = of_classes(data, ["bus"], ignore=False)
    assert listed(found) == [("bus", BOXES[2][2], 0)]
    assert [item["id"] for item in found.categories] == [7]
    assert len(found.pictures) == 12
    assert found.pictures[2].ids.tolist() == [12]
    assert found.pictures[2].extras == [dict(tag=2)]


def test_a_class_that_is_ignored_is_a_crowd_of_each_class_left(data):
    found = of_classes(data, ["car", "bus"], ignore=True)
    van = BOXES[1][2]
    assert listed(found) == [
        ("car", BOXES[0][2], 0),
        ("car", van, Kind.CROWD),
        ("bus", van, Kind.CROWD),
        ("bus", BOXES[2][2], 0),
    ]


def test_sizes_are_square_roots_of_areas(data):
    assert [name for name, *_ in listed(of_sizes(data, 4, 20, ignore=False))] == ["car"]
    assert [name for name, *_ in listed(of_sizes(data, 20, 41, ignore=False))] == ["van", "bus"]
    kinds = [kind for *_, kind in listed(of_sizes(data, 4, 20, ignore=True))]
    assert kinds == [0] + 6 * [Kind.CROWD]


def test_boxes_are_cut_at_the_border(data):
    beside = np.array([[200.0, 5, 4, 4]])
    data.pictures[3].boxes = Boxes(beside, np.zeros(1, np.int64), format="xywh")
    data.pictures[3].kinds = np.zeros(1, np.int8)
    data.pictures[3].ids, data.pictures[3].extras = np.array([13]), None
    found, lost = clip(data)
    assert lost == 1
    assert [box for _, box, _ in listed(found)] == [BOXES[0][2], [90, 40, 10, 10], BOXES[2][2]]


def test_a_split_keeps_groups_together(data):
    parts = split(data, dict(train=0.7, val=0.3), r"^(f\d)_", seed=0)
    flights = {name: set(groups_of(part, r"^(f\d)_")) for name, part in parts.items()}
    assert flights["train"] | flights["val"] == {"f0", "f1", "f2"}
    assert not flights["train"] & flights["val"]
    assert [len(part.pictures) for part in parts.values()] == [8, 4]
    assert set(groups_of(data, "flight")) == {"0", "1", "2", "3"}
    with pytest.raises(InputError, match="3 groups by .* for 4 splits"):
        split(data, dict(a=0.25, b=0.25, c=0.25, d=0.25), r"^(f\d)_", seed=0)
    with pytest.raises(InputError, match="add up to 0.9"):
        split(data, dict(a=0.5, b=0.4), "flight", seed=0)


def test_a_sample_is_in_order_and_the_same_for_a_seed(data):
    first, second = (sample(data, 5, seed=3) for _ in range(2))
    names = [picture.id for picture in first.pictures]
    assert names == sorted(set(names)) == [picture.id for picture in second.pictures]
    assert len(names) == 5
    with pytest.raises(InputError, match="--sample 13, and there are 12 pictures"):
        sample(data, 13, seed=0)


def test_a_merge_tells_classes_apart_by_name(data):
    other = rename(data, dict(van="lorry"))
    for picture in other.pictures:
        picture.file_name = f"other/{picture.file_name}"
    found = merge([data, other], ["a", "b"])
    assert found.classes == ["car", "van", "bus", "lorry"]
    assert [name for name, *_ in listed(found)] == ["car", "van", "bus", "car", "lorry", "bus"]
    with pytest.raises(InputError, match="a and b both have a picture f0_0.png"):
        merge([data, data], ["a", "b"])


def test_the_tool(tool, tmp_path, capsys):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(COCO))
    arguments = ["--ann", str(path), "--drop", "van", "--ignore-rest", "--group", "flight"]
    arguments += ["--split", "train=0.75", "val=0.25", "--out", str(tmp_path / "out")]
    assert tool("data/subset").main(arguments) == 0
    train, val = (
        json.loads((tmp_path / f"out/{name}.json").read_text()) for name in ("train", "val")
    )
    assert [len(train["images"]), len(val["images"])] == [9, 3]
    assert len(train["annotations"]) + len(val["annotations"]) == 4
    assert train["info"] == COCO["info"]
    assert "read: 12 pictures, 3 objects, 0 boxes to ignore" in capsys.readouterr().out
    assert tool("data/subset").main(["--ann", str(path), "--keep", "cat", "--out", "y.json"]) == 1
    assert "--keep names 'cat' (did you mean 'car'?)" in capsys.readouterr().err
