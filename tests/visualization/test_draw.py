"""Pixels: where lines lie, and that small objects get no text."""

import cv2
import numpy as np
import pytest
from PIL import Image

from tinydet.boxes import Boxes
from tinydet.datasets.palette import class_colors
from tinydet.visualization.draw import draw_boxes, draw_objects, zoomed
from tinydet.visualization.grid import choose_samples, prediction_grid, spread
from tinydet.visualization.panels import densest_window, picture

BLACK = np.zeros((64, 64, 3), np.uint8)


def objects(*boxes, labels=None, scores=None):
    boxes = np.array(boxes, float).reshape(-1, 4)
    labels = np.zeros(len(boxes), int) if labels is None else np.array(labels)
    return Boxes(boxes, labels, scores if scores is None else np.array(scores))


def test_a_line_is_one_pixel_and_lies_outside_the_object():
    image = draw_boxes(BLACK, np.array([[10.0, 20, 14, 26]]), np.array([[255, 0, 0]]))
    ring = np.zeros((64, 64), bool)
    ring[19:27, 9:15] = True
    ring[20:26, 10:14] = False
    assert np.array_equal(image[..., 0] == 255, ring)
    assert not BLACK.any(), "the caller's image was changed"


def test_an_object_under_16_px_gets_no_text_and_a_larger_one_does():
    colors = class_colors(1)
    small, large = objects([20, 20, 30, 30]), objects([20, 20, 44, 44])
    for seen, has_text in ((small, False), (large, True)):
        with_name = draw_objects(BLACK, seen, ["car"], colors)
        without = draw_objects(BLACK, seen, [""], colors)
        assert np.array_equal(with_name, without) != has_text


def test_zoom_repeats_pixels():
    image = np.random.default_rng(0).integers(0, 255, (4, 5, 3), dtype=np.uint8)
    assert np.array_equal(zoomed(image, 3), image.repeat(3, 0).repeat(3, 1))


def test_the_densest_window_holds_the_crowd():
    boxes = np.array([[2.0, 2, 6, 6], [50, 50, 54, 54], [55, 50, 58, 54], [50, 56, 54, 60]])
    x1, y1, x2, y2 = densest_window(boxes, (16, 16), (64, 64))
    assert x1 <= 52 < x2
    assert y1 <= 58 < y2


def test_the_densest_window_of_many_boxes_needs_no_table_of_all_pairs():
    rng = np.random.default_rng(0)
    corners = np.concatenate([rng.uniform(0, 4000, (20_000, 2)), rng.uniform(500, 600, (9_000, 2))])
    x1, y1, x2, y2 = densest_window(np.tile(corners, 2), (200, 200), (4000, 4000))
    assert x1 <= 500 < 600 <= x2
    assert y1 <= 500 < 600 <= y2


@pytest.mark.parametrize("inset", [True, False])
def test_a_picture_without_objects(inset):
    assert picture(BLACK, objects(scores=[]), ["car"], zoom=2, inset=inset).shape[0] > 128


def test_the_spread_goes_from_sparse_to_dense():
    truths = [objects(*[[0, 0, 5, 5]] * count) for count in (0, 9, 1, 5, 2, 7)]
    chosen = spread(truths, 3)
    counts = [len(truths[index]) for index in chosen]
    assert counts == sorted(counts)
    assert 0 not in counts
    assert chosen == spread(truths, 3)


def test_the_grid_hides_what_is_unsure(tmp_path):
    Image.fromarray(BLACK).save(tmp_path / "a.png")
    box = dict(image_id=7, category_id=3, bbox=[10, 10, 10, 10])
    coco = dict(
        images=[dict(id=7, file_name="a.png")],
        annotations=[box],
        categories=[dict(id=3, name="car")],
    )
    painted = []
    for score in (0.1, 0.9):
        (sample,) = choose_samples(coco, [{**box, "score": score}], tmp_path, score_thr=0.3)
        sheet = prediction_grid([sample], ["car"], "", crop=32, columns=1)
        right = sheet[: 3 * 32, 3 * 32 + 2 :]
        painted.append((right == class_colors(1)[0]).all(-1).sum())
    assert painted[0] == 0
    assert painted[1] == 4 * (3 * 10 + 2) - 4  # the ring around 30 x 30 pixels


def test_text_never_covers_a_box():
    left, right = [10.0, 20, 34, 44], [36.0, 2, 62, 44]
    both = objects(left, right, scores=[0.9, 0.8])
    colors = class_colors(1)
    drawn = draw_objects(BLACK.repeat(2, axis=1), both, ["car"], colors)
    lines = draw_boxes(BLACK.repeat(2, axis=1), both.xyxy, colors[both.class_ids])
    assert not np.array_equal(drawn, lines), "no text was written"
    is_line = lines.any(-1)
    assert np.array_equal(drawn[is_line], lines[is_line])


def simulated(colors, matrix):
    """Colors (0..255) as CIE L*a*b* after a matrix on linear RGB."""
    linear = ((colors / 255 + 0.055) / 1.055) ** 2.4
    linear = (linear @ np.array(matrix).T).clip(0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return cv2.cvtColor(srgb[None].astype(np.float32), cv2.COLOR_RGB2LAB)[0]


# Machado et al. 2009, doi 10.1109/TVCG.2009.113, severity 1.
DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]
PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]


@pytest.mark.parametrize("eyes", [np.eye(3), DEUTERANOPIA, PROTANOPIA])
def test_eight_colors_differ_for_all_eyes_and_from_dark_ground(eyes):
    lab = simulated(np.vstack([class_colors(8), [[40, 40, 40]]]).astype(float), eyes)
    distances = np.linalg.norm(lab[:, None] - lab, axis=-1)[np.triu_indices(9, 1)]
    assert distances.min() > 10  # about 2 is the least difference that eyes see
