"""Pixels: where lines lie, and that small objects get no text."""

import numpy as np
import pytest

from tinydet.visualization.colours import class_colours
from tinydet.visualization.draw import Objects, draw_boxes, draw_objects, zoomed
from tinydet.visualization.grid import prediction_grid, spread
from tinydet.visualization.panels import densest_window, picture

BLACK = np.zeros((64, 64, 3), np.uint8)


def objects(*boxes, labels=None, scores=None):
    boxes = np.array(boxes, float).reshape(-1, 4)
    labels = np.zeros(len(boxes), int) if labels is None else np.array(labels)
    return Objects(boxes, labels, scores if scores is None else np.array(scores))


def test_a_line_is_one_pixel_and_lies_outside_the_object():
    image = draw_boxes(BLACK, np.array([[10.0, 20, 14, 26]]), np.array([[255, 0, 0]]))
    ring = np.zeros((64, 64), bool)
    ring[19:27, 9:15] = True
    ring[20:26, 10:14] = False
    assert np.array_equal(image[..., 0] == 255, ring)
    assert not BLACK.any(), "the caller's image was changed"


def test_an_object_under_16_px_gets_no_text_and_a_larger_one_does():
    colours = class_colours(1)
    small, large = objects([20, 20, 30, 30]), objects([20, 20, 44, 44])
    for seen, has_text in ((small, False), (large, True)):
        with_name = draw_objects(BLACK, seen, ["car"], colours)
        without = draw_objects(BLACK, seen, [""], colours)
        assert np.array_equal(with_name, without) != has_text


def test_zoom_repeats_pixels():
    image = np.random.default_rng(0).integers(0, 255, (4, 5, 3), dtype=np.uint8)
    assert np.array_equal(zoomed(image, 3), image.repeat(3, 0).repeat(3, 1))


def test_the_densest_window_holds_the_crowd():
    boxes = np.array([[2.0, 2, 6, 6], [50, 50, 54, 54], [55, 50, 58, 54], [50, 56, 54, 60]])
    x1, y1, x2, y2 = densest_window(boxes, (16, 16), (64, 64))
    assert x1 <= 52 < x2
    assert y1 <= 58 < y2


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


def test_the_grid_hides_what_is_unsure():
    truth = objects([10, 10, 20, 20])
    unsure, sure = (objects([10, 10, 20, 20], scores=[score]) for score in (0.1, 0.9))
    sheets = [
        prediction_grid([BLACK], [truth], [found], ["car"], 0.3, crop=32, columns=1)
        for found in (unsure, sure)
    ]
    half = sheets[0].shape[1] // 2 + 2
    colour = class_colours(1)[0]
    painted = [(sheet[:96, half:] == colour).all(-1).sum() for sheet in sheets]
    assert painted[0] == 0
    assert painted[1] > 100
