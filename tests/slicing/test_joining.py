"""What tiles see of a scene becomes the scene again, whatever their order."""

import numpy as np
import pytest
import torch

from tinydet.errors import InputError
from tinydet.slicing import tile_grid, visible_share
from tinydet.slicing.joining import join

PICTURE = 200, 300


def seen(objects, tiles, least=0.0):
    """Return what a perfect detector finds: the visible part of each object in each tile."""
    objects = np.asarray(objects, float)
    shares = visible_share(objects, tiles[:, None])
    tile, found = np.nonzero(shares > least)
    low = np.maximum(objects[found, :2], tiles[tile, :2])
    boxes = np.concatenate([low, np.minimum(objects[found, 2:], tiles[tile, 2:])], 1)
    scores = 0.9 * shares[tile, found]
    labels = torch.zeros(len(boxes), dtype=torch.long)
    return torch.from_numpy(boxes), torch.from_numpy(scores), labels, torch.from_numpy(tile)


def joined(objects, border="join", overlap=16, **merging):
    tiles = tile_grid(*PICTURE, 64, overlap)
    return join(*seen(objects, tiles), tiles, PICTURE, border, **merging)[0].tolist()


SCENES = {
    "cut by one edge, whole beside": [[60, 10, 70, 18]],
    "at a corner of four tiles": [[60, 60, 68, 68]],
    "larger than the overlap": [[30, 20, 100, 44]],
    "over three tiles": [[20, 20, 280, 40]],
    "large in both directions": [[20, 20, 280, 180]],
    "small inside large": [[20, 20, 280, 180], [100, 100, 110, 106], [60, 60, 68, 68]],
    "two in a row": [[20, 20, 100, 30], [20, 36, 100, 46]],
    "along the picture's border": [[0, 0, 5, 5], [290, 100, 300, 200], [0, 150, 300, 160]],
}


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("overlap", [16, 0, 40])
def test_a_scene_is_found_as_it_is(name, overlap):
    assert sorted(joined(SCENES[name], overlap=overlap)) == sorted(map(list, SCENES[name]))


def test_what_the_borders_do():
    whole_beside, large = [60, 10, 70, 18], [100, 100, 200, 110]  # tiles begin at 0, 48, 96, ...
    assert joined([whole_beside], "drop_cut") == joined([whole_beside], "join") == [whole_beside]
    assert len(joined([whole_beside], "keep", threshold=0.9)) == 2
    pieces = joined([large], "drop_cut")
    assert len(pieces) > 1
    assert large not in pieces
    assert joined([large], "join") == [large]


def test_a_whole_box_without_a_score_removes_nothing():
    tiles = tile_grid(*PICTURE, 64, 0)
    boxes = torch.tensor([[50.0, 10, 64, 30], [50.0, 10, 80, 30]])
    views = np.concatenate([tiles, [[0, 0, 300, 200]]])
    tile = torch.tensor([0, len(tiles)])
    for score, kept in ((0.5, [[50, 10, 80, 30]]), (0.1, [[50, 10, 64, 30], [50, 10, 80, 30]])):
        found = join(boxes, torch.tensor([0.9, score]), torch.zeros(2).long(), tile, views, PICTURE)
        assert found[0].tolist() == kept


def test_classes_are_joined_apart():
    tiles = tile_grid(*PICTURE, 64, 16)
    boxes, scores, labels, tile = seen([[30, 20, 100, 44]], tiles)
    labels[tile == 1] = 1
    assert len(join(boxes, scores, labels, tile, tiles, PICTURE)[0]) > 1
    assert len(join(boxes, scores, labels, tile, tiles, PICTURE, class_agnostic=True)[0]) == 1


@pytest.mark.parametrize("border", ["keep", "drop_cut", "join"])
@pytest.mark.parametrize("method", ["nms", "nmm", "greedy_nmm", "wbf"])
def test_the_order_of_tiles_does_not_matter(border, method):
    draw = np.random.default_rng(0)
    low = draw.integers(0, [280, 180], (60, 2))
    objects = np.concatenate([low, low + draw.integers(2, 90, (60, 2))], 1).clip(0, [300, 200] * 2)
    tiles = tile_grid(*PICTURE, 64, 16)
    boxes, scores, labels, tile = seen(objects, tiles)
    scores = (scores * 8).round() / 8  # ties
    labels = torch.from_numpy(draw.integers(0, 2, len(boxes)))
    expected = join(boxes, scores, labels, tile, tiles, PICTURE, border, method=method)
    assert len(expected[0]) > 20
    for _ in range(3):
        places = draw.permutation(len(tiles))
        rank = torch.from_numpy(np.argsort(places))
        mixed = torch.from_numpy(draw.permutation(len(boxes)))
        found = join(
            *(part[mixed] for part in (boxes, scores, labels, rank[tile])),
            tiles[places],
            PICTURE,
            border,
            method=method,
        )
        for mine, other in zip(found, expected, strict=True):
            torch.testing.assert_close(mine, other, rtol=0, atol=1e-9)


def test_nothing():
    tiles = tile_grid(*PICTURE, 64, 16)
    empty = torch.zeros(0, 4), torch.zeros(0), torch.zeros(0).long(), torch.zeros(0).long()
    assert [len(part) for part in join(*empty, tiles, PICTURE)] == [0, 0, 0]
    with pytest.raises(InputError, match=r"border='drop' \(did you mean 'drop_cut'\?\)"):
        join(*empty, tiles, PICTURE, "drop")
