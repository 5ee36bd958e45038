"""Overlapping crops are found among pictures that resemble each other, and nothing else is."""

import csv
import json

import cv2
import numpy as np
import pytest

from tinydet.data_tools.data import Data
from tinydet.data_tools.leaks import pairs
from tinydet.data_tools.leaks.alignment import agreement, transform_of
from tinydet.data_tools.leaks.landmarks import Landmarks, landmarks_of
from tinydet.data_tools.leaks.pairs import pairs_of
from tinydet.data_tools.leaks.search import Leak
from tinydet.data_tools.leaks.splits import Leaks
from tinydet.data_tools.survey import survey

SIDE = 240


def scene(seed, side=2 * SIDE):
    """Soft noise with dark and bright patches: texture at several sizes, as on the ground."""
    rng = np.random.default_rng(seed)
    pixels = cv2.GaussianBlur(rng.normal(128, 500, (side, side)), (0, 0), 12)
    for _ in range(150):
        (x, y), size = rng.integers(0, side, 2).tolist(), rng.integers(3, 12, 2).tolist()
        cv2.ellipse(pixels, (x, y), size, rng.uniform(0, 180), 0, 360, rng.uniform(0, 255), -1)
    return (pixels + rng.normal(0, 3, pixels.shape)).clip(0, 255).astype(np.uint8)


def crop(pixels, x, y):
    return pixels[y : y + SIDE, x : x + SIDE]


def damaged(pixels, gain=1.2, offset=-12, quality=70):
    bright = np.clip(pixels * gain + offset, 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", bright, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0)


def write_split(folder, name, pictures):
    """Write pictures, each with one box in the middle, and return what reads them."""
    (folder / name).mkdir()
    for number, pixels in enumerate(pictures):
        cv2.imwrite(str(folder / name / f"{number}.png"), pixels)
    images = [
        dict(id=number, file_name=f"{number}.png", width=one.shape[1], height=one.shape[0])
        for number, one in enumerate(pictures)
    ]
    rows = [
        dict(id=number, image_id=number, category_id=1, bbox=[90, 90, 8, 8], area=64)
        for number in range(len(pictures))
    ]
    coco = dict(images=images, annotations=rows, categories=[dict(id=1, name="car")])
    (folder / f"{name}.json").write_text(json.dumps(coco))
    return Data.read(folder / f"{name}.json", folder / name)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Pictures to train on, and others: three that overlap, copies in gray, and new."""
    folder = tmp_path_factory.mktemp("planted")
    scenes = [scene(seed) for seed in range(6)]
    gray = np.full((SIDE, SIDE), 90, np.uint8)
    train = [*(crop(one, 100, 100) for one in scenes[:4]), gray, gray]
    turned = cv2.rotate(crop(scenes[2], 130, 90), cv2.ROTATE_90_CLOCKWISE)
    test = [
        damaged(crop(scenes[0], 171, 53)),
        damaged(crop(scenes[1], 43, 140), 0.8, 30, 50),
        cv2.resize(turned, (300, 300)),
        *(crop(one, 100, 100) for one in scenes[4:]),
        gray.copy(),
        crop(scenes[3], 340 - SIDE, 340),  # beside the one to train on
    ]
    files = [write_split(folder, name, pictures) for name, pictures in [("a", train), ("b", test)]]
    return files, Leaks(files, [survey(one, landmarks=True) for one in files])


def test_planted_overlaps_are_found_and_nothing_else(planted):
    places = planted[1].places
    found = {
        (places[one.first].picture, places[one.second].picture): one for one in planted[1].pairs
    }
    assert sorted(found) == [(0, 0), (1, 1), (2, 2), (4, 5), (5, 5)]
    for pair, (dx, dy) in {(0, 0): (71, 47), (1, 1): (57, 40), (2, 2): (30, 10)}.items():
        share = (SIDE - dx) * (SIDE - dy) / SIDE**2
        assert found[pair].overlap == pytest.approx(share, abs=0.02)
        assert found[pair].correlation > 0.9
    (sentence,) = planted[1].sentences()
    assert sentence.startswith(
        "5 pictures of a.json show what b.json shows: 4.png and 5.png (100%), 5.png and 5.png (1"
    )


@pytest.mark.parametrize(
    ("drop", "left"), [("first", ([3], range(7))), ("last", (range(6), [3, 4, 6]))]
)
def test_splits_are_written_without_what_leaks(planted, tmp_path, drop, left):
    files, leaks = planted
    sentences = list(leaks.write(tmp_path, drop))
    assert f"{5 * (drop == 'first')} of its pictures" in sentences[0]
    for data, kept in zip(files, left, strict=True):
        coco = json.loads((tmp_path / data.name).read_text())
        assert [image["id"] for image in coco["images"]] == list(kept)
        assert [row["image_id"] for row in coco["annotations"]] == list(kept)
    with open(tmp_path / "leaks.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[-1] == {
        **{"file": "a.json", "picture": "5.png", "other file": "b.json", "other picture": "5.png"},
        **dict(overlap="1.000", correlation="1.000"),
    }
    assert len(rows) == 5


def test_the_same_place_at_another_time_is_noted_and_stays(planted, tmp_path, monkeypatch):
    files = planted[0]
    leak = Leak(0, 6 + 3, 0.4, 0.6)
    monkeypatch.setattr("tinydet.data_tools.leaks.splits.find_leaks", lambda *_: [leak])
    leaks = Leaks(files, [survey(one, landmarks=True) for one in files])
    assert list(leaks.notes()) == [
        "1 pictures of a.json may show a place that b.json shows at another time: "
        "0.png and 3.png (40%)"
    ]
    first, _ = leaks.write(tmp_path, "first")
    assert "a.json without 2 of its pictures" in first  # the gray ones
    assert (tmp_path / "leaks.csv").read_text().splitlines()[-1] == (
        "a.json,0.png,b.json,3.png,0.400,0.600"
    )


def test_pairs_are_those_of_a_plain_loop():
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 256, (9, 12, 32), np.uint8)
    for other in (4, 7):  # both share six landmarks of picture 1, with some bits flipped
        hashes[other, :6] = hashes[1, :6]
        hashes[other, :6, 20:24] ^= rng.integers(0, 256, (6, 4), np.uint8)
    hashes[8, :6] = hashes[0, :6]  # within a split
    splits = [0, 0, 0, 0, 0, 1, 1, 1, 0]
    points = rng.uniform(0, 99, (9, 12, 2)).astype(np.float32)
    expected = {}
    for i in range(9):
        for j in range(9):
            bits = np.unpackbits(hashes[i][:, None] ^ hashes[j][None], axis=2).sum(2)
            if splits[i] < splits[j] and (bits <= 40).sum() >= 4:
                expected[i, j] = int((bits <= 40).sum())
    pictures = [Landmarks(*one) for one in zip(points, hashes, strict=True)]
    found = {(one.first, one.second): one.places for one in pairs_of(pictures, splits)}
    assert expected == {(1, 7): 6, (4, 7): 6}
    assert {pair: len(places) for pair, places in found.items()} == expected
    assert found[1, 7][:, 0].tolist() == points[1, :6].tolist()
    assert found[1, 7][:, 1].tolist() == points[7, :6].tolist()


def test_nothing_is_found_among_nothing():
    assert list(pairs_of([], [])) == []
    flat = landmarks_of(np.full((90, 80), 9, np.uint8))
    assert flat.hashes.shape == (0, 32)
    assert list(pairs_of([flat, flat], [0, 1])) == []


def test_time_is_bounded_where_all_pictures_share_a_landmark():
    count = 2000  # a million pairs of the two splits
    found = pairs._shared(np.zeros((count, 32), np.uint8), np.arange(count) % 2)
    assert len(found) <= 8 * pairs.NEIGHBORS * count
    assert len(np.unique(found)) == count  # none is left without a partner


def test_a_transform_is_recovered_and_a_wrong_one_refused():
    rng = np.random.default_rng(0)
    second = rng.uniform(0, 200, (12, 2))
    angle = np.deg2rad(30)
    turn = 1.5 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    first = second @ turn.T + [7, -3]
    first[:3] += 50  # wrong pairs
    places = np.stack([first, second], 1).astype(np.float32)
    assert transform_of(places) == pytest.approx(np.column_stack([turn, [7, -3]]), abs=1e-3)
    places[:, 0] = 9  # every landmark at one place
    assert transform_of(places) is None


def test_agreement_is_that_of_the_overlap():
    pixels = scene(1)
    shift = np.array([[1, 0, 40], [0, 1, 10]], float)
    first, second = crop(pixels, 50, 60), crop(pixels, 90, 70)
    correlation, overlap = agreement(first, damaged(second), shift)
    assert correlation > 0.95
    assert overlap == pytest.approx(200 * 230 / SIDE**2)
    assert agreement(first, damaged(second), shift + [[0, 0, 20], [0, 0, 0]])[0] < 0.4
    flat = np.full_like(first, 7)
    assert agreement(flat, flat, shift) == (0, 0)
