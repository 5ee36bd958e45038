"""Densest places by hand and by counting; the overview marks where objects are and nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinydet.visualization.overview import INK, densest_windows, overview


def boxes_at(*centers):
    centers = np.array(centers, float).reshape(-1, 2)
    return np.concatenate([centers - 2, centers + 2], 1)


def test_the_densest_first_and_none_over_another():
    crowd = [(810 + k % 10, 420 + k // 10) for k in range(100)]
    few = [(100 + k, 900) for k in range(5)]
    boxes = boxes_at(*few, *crowd, (1500, 20))
    windows = densest_windows(boxes, 200, (1000, 1600), 8)
    counts = [
        int(((boxes[:, :2] + 2 >= w[:2]) & (boxes[:, :2] + 2 < w[2:])).all(1).sum())
        for w in windows
    ]
    assert counts == [100, 5, 1]


@given(st.lists(st.tuples(st.floats(0, 640), st.floats(0, 480)), max_size=40), st.integers(1, 700))
def test_windows_lie_in_the_picture_and_apart(centers, side):
    windows = densest_windows(boxes_at(*centers), side, (480, 640), 5)
    assert len(windows) == 0 or (windows[:, :2] >= 0).all()
    assert (windows[:, 2] <= 640).all()
    assert (windows[:, 3] <= 480).all()
    assert len(windows) > 0 or not centers


def test_places_without_an_object_keep_their_pixels():
    pixels = np.full((100, 160, 3), 90, np.uint8)
    drawn = overview(pixels, boxes_at((800, 500)), (1000, 1600), [[0, 0, 400, 300]])
    changed = (drawn != pixels).any(-1)
    assert changed[50, 80], "the object at half of the picture"
    changed[48:56, 80:88] = False
    assert (drawn[30, 0:40] == INK).all(), "the lower edge of the window"
    changed[:35, :45] = False
    assert not changed.any()
