"""The synthetic set: the same everywhere, its boxes tight, hidden things left out."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from pycocotools.coco import COCO

from tinydet.datasets.named import AITOD_CLASSES
from tinydet.datasets.synthetic import VERSION, districts, make_picture, make_scene, write_dataset
from tinydet.datasets.synthetic.compose import Layer, drop_hidden, overlay
from tinydet.datasets.synthetic.raster import Frame, Pose, Sprite, rasterize
from tinydet.datasets.synthetic.scenes import KINDS
from tinydet.datasets.synthetic.shapes import LABELS, SHAPES
from tinydet.datasets.synthetic.texture import rgb

# Of five pictures of 128 px, seed 3. They change only with VERSION.
ANNOTATIONS = "452fb70eeb02507a"
PIXELS = "1071a25ce1a56c88"
# Of a scene of 300 px, seed 3.
SCENE_ANNOTATIONS = "789bfacb00bd9a80"
SCENE_PIXELS = "b0b7315a91ace053"


def digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values, dtype="<i8").tobytes()).hexdigest()[:16]


def test_same_pictures_on_every_machine() -> None:
    pictures = [make_picture(3, "train", index, 128) for index in range(5)]
    boxes = np.concatenate([np.c_[p.boxes * 4, p.labels] for p in pictures])
    assert (boxes == boxes.round()).all()  # quarters of a pixel
    assert digest(boxes) == ANNOTATIONS
    blocks = [p.image.astype(int).reshape(8, 16, 8, 16, 3).sum((1, 3)) for p in pictures]
    assert digest(np.stack(blocks) // (256 * 16)) == PIXELS


@pytest.fixture
def scene(monkeypatch):
    """A small scene, of four small districts."""
    monkeypatch.setattr(districts, "DISTRICT", 150)
    return make_scene(3, "train", 0, 300)


def test_same_scene_on_every_machine(scene) -> None:
    assert digest(np.c_[scene.boxes * 4, scene.labels]) == SCENE_ANNOTATIONS
    blocks = scene.image.astype(int).reshape(6, 50, 6, 50, 3).sum((1, 3))
    assert digest(blocks // (2500 * 16)) == SCENE_PIXELS


def test_a_scene_has_tiny_objects_and_a_few_long_bridges(scene) -> None:
    x1, y1, x2, y2 = scene.boxes.T
    width, height = x2 - x1, y2 - y1
    bridge = scene.labels == LABELS["bridge"]
    side = np.sqrt(width * height)[~bridge]
    assert ((side >= 4) & (side <= 20)).all()
    assert len(side) > 40
    longest = np.maximum(width, height)[bridge]
    assert ((longest > 100) & (longest <= 300)).all()
    assert len(longest) == 2
    for edge in (100, 200):  # what a tile's border cuts
        assert ((x1 < edge) & (x2 > edge)).sum() + ((y1 < edge) & (y2 > edge)).sum() > 2


def test_pictures_differ_by_seed_split_and_index() -> None:
    made = [(0, "train", 0), (1, "train", 0), (0, "val", 0), (0, "train", 1)]
    images = {make_picture(*key, 64).image.tobytes() for key in made}
    assert len(images) == len(made)


def test_every_kind_of_scene_comes_up() -> None:
    assert {make_picture(0, "train", index, 64).kind for index in range(60)} == set(KINDS)


def test_boxes_lie_in_the_picture_and_hold_two_to_64_pixels() -> None:
    for index in range(8):
        picture = make_picture(5, "val", index, 192)
        x1, y1, x2, y2 = picture.boxes.T
        side = np.sqrt((x2 - x1) * (y2 - y1))
        assert picture.image.shape == (192, 192, 3)
        assert min(x1.min(initial=0), y1.min(initial=0)) >= 0
        assert max(x2.max(initial=0), y2.max(initial=0)) <= 192
        assert ((side >= 2) & (side <= 64)).all()


def test_box_of_a_rectangle_by_hand() -> None:
    # 8 x 4 px around (10, 10), upright: x 6 to 14, y 8 to 12; every pixel covered entirely.
    frame = Frame(Pose(10, 10, 8, 0))
    sprite = rasterize(frame, [(frame.box(0, 0, 0.5, 0.25), rgb(9, 9, 9))], shadow=(3, 0))
    assert sprite.box == (6, 8, 14, 12)
    assert sprite.alpha.sum() == 32
    assert sprite.shade.sum() == pytest.approx(3 * 4)  # the shadow is no part of the box


def test_half_covered_pixels_by_hand() -> None:
    frame = Frame(Pose(10.5, 10, 4, 0))  # x 8.5 to 12.5
    sprite = rasterize(frame, [(frame.box(0, 0, 0.5, 0.5), rgb(200, 0, 0))])
    row = sprite.alpha[10 - sprite.top]
    assert row[8 - sprite.left : 13 - sprite.left].tolist() == [0.5, 1, 1, 1, 0.5]
    canvas = np.full((20, 20, 3), 100, np.float32)
    overlay(canvas, sprite, darkness=0.5)
    assert canvas[10, 8].tolist() == [150, 50, 50]


def patch(left: int, width: int) -> Sprite:
    """Return an opaque sprite of 10 rows at the top of the picture."""
    alpha = np.ones((10, width), np.float32)
    color = np.zeros((10, width, 3), np.float32)
    return Sprite(left, 0, alpha, color, np.zeros_like(alpha), (left, 0, left + width, 10))


@pytest.mark.parametrize(("cover", "kept"), [(6, True), (7, True), (8, False)])
def test_mostly_hidden_objects_are_taken_out(cover, kept) -> None:
    layers = [Layer(patch(5, 10), label=0), Layer(patch(5, cover))]
    assert (len(drop_hidden(layers, 40)) == 2) == kept  # at 0.7 hidden, 0.3 is still to be seen


@pytest.mark.parametrize(("left", "kept"), [(-6, True), (-8, False)])
def test_objects_mostly_outside_are_taken_out(left, kept) -> None:
    assert (len(drop_hidden([Layer(patch(left, 10), label=0)], 40)) == 1) == kept


def test_what_is_taken_out_hides_nothing() -> None:
    lowest, middle, top = Layer(patch(5, 10), 0), Layer(patch(5, 10), 1), Layer(patch(5, 8))
    hidden = drop_hidden([lowest, middle, top], 40)
    assert hidden == [top]
    assert drop_hidden([Layer(patch(14, 10), 0), middle, top], 40)[0].sprite.left == 14


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("angle", [0, 37, 90])
def test_a_class_keeps_its_length_at_any_angle(name, angle) -> None:
    frame = Frame(Pose(50, 50, 40, angle))
    drawn = SHAPES[name](np.random.default_rng(0), frame, rgb(100, 100, 100))
    body = np.logical_or.reduce([samples for samples, _ in drawn])
    length = float(frame.u[body].max() - frame.u[body].min())
    assert 0.8 < length < 1.1
    edge = body[0].any() or body[-1].any() or body[:, 0].any() or body[:, -1].any()
    assert not edge  # the patch is large enough for it


def read(folder, split: str) -> dict:
    return json.loads((folder / "annotations" / f"{split}.json").read_text())


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic") / "set"
    write_dataset(folder, dict(train=5, val=2), size=96, seed=11, workers=2)
    return folder


def test_annotations_are_written_as_ai_tod_writes_them(dataset) -> None:
    coco = COCO(str(dataset / "annotations" / "train.json"))
    assert [c["name"] for c in coco.loadCats([1, 2, 3, 4, 5, 6, 7, 8])] == list(AITOD_CLASSES)
    found = read(dataset, "train")
    assert [a["id"] for a in found["annotations"]] == list(range(1, len(found["annotations"]) + 1))
    for ann in found["annotations"]:
        assert ann["area"] == ann["bbox"][2] * ann["bbox"][3]
        assert ann["iscrowd"] == 0
    assert {key: found["info"][key] for key in ("seed", "size", "version")} == dict(
        seed=11, size=96, version=VERSION
    )
    assert all((dataset / "train" / image["file_name"]).is_file() for image in found["images"])


def test_neither_workers_nor_counts_change_a_picture(dataset, tmp_path) -> None:
    write_dataset(tmp_path / "other", dict(train=3, val=2), size=96, seed=11, workers=1)
    for name in ("train/00002.png", "val/00001.png"):
        assert (dataset / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    assert read(dataset, "val")["annotations"] == read(tmp_path / "other", "val")["annotations"]
