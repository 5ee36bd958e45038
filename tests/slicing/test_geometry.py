"""Tiles cover a picture as asked, by hand and for any sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinydet.errors import InputError
from tinydet.slicing import tile_grid, touching, visible_share


def test_by_hand():
    # 100 px wide, tiles of 40 that share 10: at 0, 30 and 60. 50 px high: at 0, and at 10, inward.
    x = [0, 30, 60]
    expected = [[left, top, left + 40, top + 40] for top in (0, 10) for left in x]
    assert tile_grid(50, 100, 40, 10).tolist() == expected
    assert tile_grid(50, 100, 40, 0.25).tolist() == expected
    assert tile_grid(50, 100, (50, 100), 0.2).tolist() == [[0, 0, 100, 50]]


def test_a_small_picture_is_one_tile_of_full_size():
    assert tile_grid(30, 20, (64, 32), 0.2).tolist() == [[0, 0, 32, 64]]
    # Small in height alone.
    assert tile_grid(30, 40, 32, 0).tolist() == [[0, 0, 32, 32], [8, 0, 40, 32]]


def test_a_share_is_rounded_up_but_not_by_binary_fractions():
    assert tile_grid(640, 1152, 640, 0.2)[1, 0] == 512
    assert tile_grid(512, 1000, 512, 0.2)[1, 0] == 512 - 103


@given(
    picture=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    size=st.tuples(st.integers(20, 90), st.integers(20, 90)),
    overlap=st.integers(0, 19) | st.floats(0, 0.9),
)
def test_any_picture_is_covered(picture, size, overlap):
    tiles = tile_grid(*picture, size, overlap)
    covered = np.zeros(picture, bool)
    for x1, y1, x2, y2 in tiles:
        covered[y1:y2, x1:x2] = True
        assert (y2 - y1, x2 - x1) == size
    assert covered.all()
    for axis in (0, 1):  # x, then y
        length, side = picture[1 - axis], size[1 - axis]
        starts = np.unique(tiles[:, axis])
        asked = overlap * side if isinstance(overlap, float) else overlap
        assert (np.diff(starts) <= side - asked + 1e-6).all()
        assert starts[0] == 0
        assert starts[-1] == max(0, length - side)  # inside the picture where it fits


@pytest.mark.parametrize(
    ("size", "overlap", "words"),
    [
        (64, 64, "overlap=64 with tiles of 64 px"),
        (64, 1.0, "overlap=1.0"),
        (64, -1, "overlap=-1"),
        ((64, 32), 40, "overlap=40 with tiles of 32 px"),
        (64, "a", "overlap='a'"),
        (0, 0, "size=0"),
        ((64,), 0, "size="),
        (64.5, 0, "size=64.5"),
    ],
)
def test_a_wrong_tile_gets_a_sentence(size, overlap, words):
    with pytest.raises(InputError, match=words):
        tile_grid(100, 100, size, overlap)


def test_visible_share_by_hand():
    boxes = [[0, 0, 10, 10], [5, 5, 15, 15], [10, 0, 20, 10], [9, 9, 9, 9], [11, 5, 11, 6]]
    assert visible_share(boxes, [0, 0, 10, 10]).tolist() == [1, 0.25, 0, 1, 0]
    tiles = np.array([[0, 0, 10, 10], [0, 0, 10, 20]])
    assert visible_share(np.array(boxes)[:2], tiles[:, None]).tolist() == [[1, 0.25], [1, 0.5]]


def test_touching_by_hand():
    # The tile's left and bottom edges are inner ones, its top and right are the picture's.
    tile, picture = [50, 0, 100, 60], (200, 100)
    boxes = [[50.5, 0, 60, 60], [52, 10, 99.9, 58.9], [49, 1, 100, 61]]
    assert touching(boxes, tile, picture).tolist() == [
        [True, False, False, True],
        [False, False, False, False],
        [True, False, False, True],
    ]
    # A tile that reaches beyond the picture has no inner edge there.
    assert not touching([[0, 0, 64, 64]], [0, 0, 64, 64], (40, 64)).any()
