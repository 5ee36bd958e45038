"""The paired bootstrap: against a plain loop over whole evaluations, and what it must say."""

import numpy as np
import pytest

from tinydet.analysis.paired import Difference, compare
from tinydet.errors import InputError
from tinydet.evaluation.aitod import evaluate
from tinydet.evaluation.detections import as_detections

COUNT, OBJECTS = 12, 3


def truth_of(categories=2):
    rows = [
        dict(
            id=1 + OBJECTS * image + number,
            image_id=image,
            category_id=1 + number % categories,
            bbox=[40.0 * number, 10.0, 12.0 + image, 12.0],
            area=12.0 * (12 + image),
            iscrowd=0,
        )
        for image in range(COUNT)
        for number in range(OBJECTS)
    ]
    return dict(
        images=[dict(id=image, flight=image % 3) for image in reversed(range(COUNT))],
        categories=[dict(id=c, name=f"c{c}") for c in range(1, categories + 1)],
        annotations=rows,
    )


def rows_of(truth, noise, seed):
    """A detection of each object, moved by ``noise`` px, with scores that differ."""
    rng = np.random.default_rng(seed)
    objects = truth["annotations"]
    scores = (rng.permutation(len(objects)) + 1) / (len(objects) + 1)
    return [
        dict(
            image_id=row["image_id"],
            category_id=row["category_id"],
            bbox=(np.array(row["bbox"]) + [*rng.normal(0, noise, 2), 0, 0]).tolist(),
            score=float(score),
        )
        for row, score in zip(objects, scores, strict=True)
    ]


def drawn(truth, rows, images):
    """The evaluation of images that are drawn, each as an image of its own."""
    annotations, detections = [], []
    for new, old in enumerate(sorted(images), 1):
        for source, target in ((truth["annotations"], annotations), (rows, detections)):
            target += [dict(row, image_id=new) for row in source if row["image_id"] == old]
    annotations = [dict(row, id=number) for number, row in enumerate(annotations, 1)]
    numbers = [dict(id=number) for number in range(1, len(images) + 1)]
    return evaluate(dict(truth, images=numbers, annotations=annotations), detections)


def test_the_interval_is_that_of_whole_evaluations():
    truth = truth_of()
    sides = [[rows_of(truth, noise, seed) for seed in range(2)] for noise in (4, 1)]
    found = compare(truth, *([as_detections(one) for one in side] for side in sides), resamples=100)
    rng = np.random.default_rng(0)  # as compare draws
    counts = rng.multinomial(COUNT, np.full(COUNT, 1 / COUNT), 100)
    seeds = rng.multinomial(2, [0.5, 0.5], 100)
    gains = []
    for number, chosen in zip(counts, seeds, strict=True):
        images = np.repeat(np.arange(COUNT), number)
        values = [[drawn(truth, rows, images)["AP"] for rows in side] for side in sides]
        gains.append((np.diff(values, axis=0)[0] * chosen).sum() / 2)
    first = found[0]
    assert first.name == "AP"
    assert [first.low, first.high] == pytest.approx(np.percentile(gains, [2.5, 97.5]), abs=1e-12)
    means = [np.mean([evaluate(truth, rows)["AP"] for rows in side]) for side in sides]
    assert [first.a, first.b] == pytest.approx(means, abs=1e-12)


def test_equal_predictions_show_no_difference_and_better_ones_do():
    truth = truth_of()
    good, bad = (as_detections(rows_of(truth, noise, 0)) for noise in (0.1, 5))
    same = compare(truth, [good], [good], resamples=200)
    assert {one.verdict for one in same} == {"no difference shown"}
    assert compare(truth, [bad], [good], resamples=200)[0].verdict == "b is better"
    assert compare(truth, [good], [bad], resamples=200)[0].verdict == "a is better"


def test_metrics_are_named_as_the_evaluator_does():
    truth = truth_of()
    found = as_detections(rows_of(truth, 1, 0))
    names = [one.name for one in compare(truth, [found], [found], resamples=100)]
    assert names == ["AP", "AP_50", "AP_75", "AP_t", "AP_s", "c1_AP", "c2_AP"]  # none very tiny


def test_whole_groups_are_drawn():
    # Each flight is all right or all wrong: 3 flights decide, not 12 pictures.
    truth = truth_of(1)
    rows = rows_of(truth, 0.1, 0)
    wrong = [dict(row, bbox=[500, 500, 9, 9]) if row["image_id"] % 3 else row for row in rows]
    sides = [as_detections(wrong)], [as_detections(rows)]
    flights = [image["flight"] for image in truth["images"]]
    alone, grouped = (compare(truth, *sides, groups=by)[0] for by in (None, flights))
    assert grouped.low == pytest.approx(0, abs=0.02)  # a draw of the right flight alone
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)


def test_seeds_widen_the_interval():
    truth = truth_of()
    a = [as_detections(rows_of(truth, 1, seed)) for seed in (0, 1)]
    b = [as_detections(rows_of(truth, noise, 2)) for noise in (0.1, 6)]
    one = [compare(truth, [x], [y])[0] for x, y in zip(a, b, strict=True)]
    both = compare(truth, a, b)[0]
    assert both.low < both.gain - 0.2
    assert both.low == pytest.approx(min(part.low for part in one), abs=0.1)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.02, "b is better"),
        (-0.02, -0.01, "a is better"),
        (0.0, 0.02, "no difference shown"),
        (np.nan, np.nan, "too few objects"),
    ],
)
def test_verdicts(low, high, verdict):
    assert Difference("AP", 0.3, 0.31, low, high).verdict == verdict


def test_sides_of_different_length_are_refused():
    found = as_detections(rows_of(truth_of(), 1, 0))
    with pytest.raises(InputError, match="2 predictions are compared with 1"):
        compare(truth_of(), [found, found], [found])


def test_a_single_group_is_refused():
    found = as_detections(rows_of(truth_of(), 1, 0))
    with pytest.raises(InputError, match="all 12 images are one group"):
        compare(truth_of(), [found], [found], groups=["a"] * COUNT)
