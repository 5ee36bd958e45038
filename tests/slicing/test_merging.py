"""Merging by each method equals a plain loop over all pairs, written from its definition."""

import math
import random

import pytest
import torch

from tinydet.errors import InputError
from tinydet.slicing import merge
from tinydet.task_modules import greedy, neighbours

METHODS = ("nms", "nmm", "greedy_nmm", "wbf")


def overlap(a, b, metric):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    inter = width * height
    return inter / (min(areas) if metric == "ios" else areas[0] + areas[1] - inter)


def mean(boxes, scores, group):
    total = sum(scores[i] for i in group)
    return [sum(boxes[i][side] * scores[i] for i in group) / total for side in range(4)]


def reference(boxes, scores, labels, method, metric, threshold, class_agnostic):
    """Return boxes, scores, labels and members, best first."""
    order = sorted(range(len(boxes)), key=lambda i: (-scores[i], i))
    groups = []
    for i in order:
        rivals = [g for g in groups if class_agnostic or labels[g[0]] == labels[i]]
        if method == "wbf":
            values = [overlap(mean(boxes, scores, g), boxes[i], metric) for g in rivals]
            best = max(values, default=0)
            homes = [g for g, v in zip(rivals, values, strict=True) if v == best > threshold]
        elif method == "nmm":  # the group of the best box that it matches
            hits = [j for g in rivals for j in g if overlap(boxes[j], boxes[i], metric) > threshold]
            first = min(hits, key=order.index, default=None)
            homes = [g for g in rivals if first in g]
        else:
            homes = [g for g in rivals if overlap(boxes[g[0]], boxes[i], metric) > threshold]
        homes[0].append(i) if homes else groups.append([i])
    found = []
    for g in groups:
        sides = list(zip(*(boxes[i] for i in g), strict=True))
        hull = [min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])]
        box = dict(nms=boxes[g[0]], wbf=mean(boxes, scores, g)).get(method, hull)
        score = sum(scores[i] for i in g) / len(g) if method == "wbf" else scores[g[0]]
        found.append((box, score, labels[g[0]], g))
    return sorted(found, key=lambda row: -row[1])


def problem(draw, count):
    """Boxes on a grid of half pixels, some of them copies, with scores of which many are equal."""
    boxes = []
    for _ in range(count):
        if boxes and draw.random() < 0.2:
            boxes.append(draw.choice(boxes))
            continue
        x, y = draw.randrange(60) / 2, draw.randrange(60) / 2
        sides = 12 if draw.random() < 0.9 else 80
        boxes.append([x, y, x + draw.randrange(sides) / 2, y + draw.randrange(1, sides) / 2])
    scores = [draw.randint(1, 8) / 8 for _ in boxes]
    return boxes, scores, [draw.randint(0, 2) for _ in boxes]


def compare(seed, count):
    draw = random.Random(seed)
    boxes, scores, labels = problem(draw, draw.randint(1, count))
    settings = (
        METHODS[seed % 4],
        draw.choice(["iou", "ios"]),
        draw.choice([0.0, 0.1, 0.5, 0.75]),
        draw.random() < 0.3,
    )
    expected = reference(boxes, scores, labels, *settings)
    tensors = torch.tensor(boxes).double(), torch.tensor(scores).double(), torch.tensor(labels)
    found = merge(*tensors, *settings)
    groups = [group for *_, group in expected]
    if settings[0] == "wbf":  # a mean of scores that rounds differently may change the order
        rank = sorted(range(len(groups)), key=lambda k: (-round(expected[k][1], 9), groups[k]))
        mine = [m.tolist() for m in found[3]]
        order = sorted(range(len(mine)), key=lambda k: (-round(float(found[1][k]), 9), mine[k]))
        expected = [expected[k] for k in rank]
        groups = [group for *_, group in expected]
        found = [part[order] for part in found[:3]] + [[found[3][k] for k in order]]
    assert [m.tolist() for m in found[3]] == groups, settings
    assert found[2].tolist() == [row[2] for row in expected]
    torch.testing.assert_close(found[1], torch.tensor([row[1] for row in expected]).double())
    torch.testing.assert_close(found[0], torch.tensor([row[0] for row in expected]).double())


def test_many_problems():  # of a thousand, of which all agree, every third
    for seed in range(0, 1000, 3):
        compare(seed, 24)


@pytest.mark.parametrize(("first", "block"), [(1, 1), (3, 50)])
def test_the_size_of_its_steps_does_not_matter(monkeypatch, first, block):
    monkeypatch.setattr(greedy, "FIRST", first)
    monkeypatch.setattr(greedy, "MOST", 4)
    monkeypatch.setattr(neighbours, "BLOCK", block)
    for seed in range(2000, 2020):
        compare(seed, 80)


def test_by_hand():
    # A row of boxes 2 px apart: neighbors have an IoU of 8 / 12, those after them of 6 / 14.
    boxes = torch.tensor([[2.0 * i, 0, 2 * i + 10, 10] for i in range(4)])
    scores, labels = torch.tensor([0.9, 0.8, 0.7, 0.6]), torch.zeros(4, dtype=torch.long)

    def members(method):
        found = merge(boxes, scores, labels, method)
        return found[0][:, ::2].tolist(), [m.tolist() for m in found[3]]

    assert members("nms") == ([[0, 10], [4, 14]], [[0, 1], [2, 3]])
    assert members("greedy_nmm") == ([[0, 12], [4, 16]], [[0, 1], [2, 3]])
    assert members("nmm") == ([[0, 16]], [[0, 1, 2, 3]])
    low, groups = members("wbf")  # (0 * 9 + 2 * 8) / 17; the third has an IoU of 0.53 with that
    assert groups == [[0, 1, 2], [3]]
    assert low[0][0] == pytest.approx((2 * 0.8 + 4 * 0.7) / 2.4)


def test_a_small_object_on_a_large_one_stays_by_iou_alone():
    boxes = torch.tensor([[0.0, 0, 100, 100], [40, 40, 50, 50]])
    scores, labels = torch.tensor([0.9, 0.8]), torch.tensor([3, 3])
    assert len(merge(boxes, scores, labels, "nms", "iou")[0]) == 2
    assert len(merge(boxes, scores, labels, "nms", "ios")[0]) == 1


@pytest.mark.parametrize("method", METHODS)
def test_nothing_and_what_is_no_number(method):
    empty = merge(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, dtype=torch.long), method)
    assert [len(part) for part in empty] == [0, 0, 0, 0]
    boxes = torch.tensor([[0, 0, math.inf, math.nan], [1.0, 1, 5, 5], [1, 1, 5, 5]])
    scores, labels = torch.zeros(3), torch.zeros(3, dtype=torch.long)
    assert [m.tolist() for m in merge(boxes, scores, labels, method)[3]] == [[0], [1, 2]]
    assert len(merge(boxes, scores, labels, method, "ios", 0.0)[0]) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (dict(method="nsm"), r"type='nsm' \(did you mean 'nms'\?\)"),
        (dict(metric="giou"), "metric='giou'.*; write one of iou, ios"),
        (dict(threshold=1.5), "threshold=1.5"),
        (dict(threshold="a"), "threshold='a'"),
        (dict(class_agnostic=1), "class_agnostic=1"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(wrong, words):
    box = torch.zeros(1, 4), torch.zeros(1), torch.zeros(1, dtype=torch.long)
    with pytest.raises(InputError, match=words):
        merge(*box, **wrong)
