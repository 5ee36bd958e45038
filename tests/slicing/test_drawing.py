"""Balanced draws by hand, and an order that opens few pictures at a time."""

import numpy as np
import pytest

from tinydet.slicing.drawing import drawn, epoch_draw, weights_of
from tinydet.slicing.sampler import STREAMS, mixed

LABELS = [[0, 0, 0], [0], [1], [0, 1]]  # five of class 0, two of class 1


def test_weights_by_hand():
    np.testing.assert_allclose(weights_of(LABELS, "objects"), np.array([3, 1, 1, 2]) / 7)
    np.testing.assert_allclose(weights_of(LABELS, "classes"), np.array([0.6, 0.2, 0.5, 0.7]) / 2)


def test_a_draw_has_each_tile_as_often_as_its_weight_says():
    weights = weights_of(LABELS, "objects")
    for seed in range(20):
        counts = np.bincount(drawn(weights, 70, np.random.default_rng(seed)), minlength=4)
        assert counts.tolist() == [30, 10, 10, 20]
        rounded = np.bincount(drawn(weights, 10, np.random.default_rng(seed)), minlength=4)
        assert (np.abs(rounded - 10 * weights) < 1).all()
        assert rounded.sum() == 10


def test_an_epoch():
    full, empty = np.array([1, 4, 6, 7]), np.array([0, 2, 3, 5])
    draws = [epoch_draw(None, full, empty, 0.5, (0, epoch)) for epoch in range(9)]
    for draw in draws:
        assert sorted(draw) == draw.tolist()
        assert len(set(draw)) == 6
        assert set(full) < set(draw)
    assert len({tuple(draw) for draw in draws}) > 1
    np.testing.assert_array_equal(epoch_draw(None, full, empty, 0.5, (0, 3)), draws[3])
    only = epoch_draw(np.array([1, 0, 0, 0]), full, empty, 0, (0, 0))
    assert only.tolist() == [1, 1, 1, 1]


def test_fewer_tiles_than_the_streams_take():
    order = mixed(np.arange(7) // 2, 4, 2, STREAMS, np.random.default_rng(0))
    assert sorted(order) == list(range(7)) != order.tolist()


@pytest.mark.parametrize("workers", [1, 2, 4, 8])
def test_a_worker_opens_a_picture_once(workers):
    """Of 60 pictures of 20 tiles, with no more than 4 mixed: each by one worker, in one go."""
    batch = 5
    pictures = np.repeat(np.arange(60), 20)
    order = mixed(pictures, 4, batch, STREAMS, np.random.default_rng(0))
    assert sorted(order) == list(range(1200))
    batches = pictures[order].reshape(-1, batch)
    opened = 0
    for worker in range(workers):
        opened += len({*batches[worker::workers].ravel()})
    assert (
        opened < 60 + STREAMS
    )  # a picture may be the last of one stream and the first of the next
    assert np.mean([len({*one}) for one in batches]) > 2.5
