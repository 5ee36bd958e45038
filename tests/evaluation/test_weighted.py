"""AP from kept matches: the evaluator's numbers, also of data sets whose images are repeated."""

import numpy as np
import pytest
from official_cases import AITOD as CASES

from tinydet.evaluation.aitod import evaluate, evaluate_detailed
from tinydet.evaluation.detections import as_detections, usable
from tinydet.evaluation.ground_truth import read_ground_truth
from tinydet.evaluation.matched import match_classes
from tinydet.evaluation.protocol import Protocol
from tinydet.evaluation.weighted import weighted_summary

PLAIN = [name for name, case in CASES.items() if case["expected"] and not case["params"]]


def summary_of(truth, detections, weights):
    truth = read_ground_truth(truth)
    found = usable(
        as_detections(detections),
        [image["id"] for image in truth["images"]],
        [category["id"] for category in truth["categories"]],
    )
    names = [item["name"] for item in sorted(truth["categories"], key=lambda item: item["id"])]
    classes = dict(zip(names, match_classes(truth, found, Protocol.of()), strict=True))
    return weighted_summary(classes, weights, Protocol.of())


@pytest.mark.parametrize("name", PLAIN)
def test_each_image_once_is_the_official_number(name):
    case = CASES[name]
    ours = summary_of(case["gt"], case["dt"], np.ones((1, len(case["gt"]["images"])), int))
    official = evaluate_detailed(case["gt"], case["dt"])
    expected = {key: value for key, value in official.summary.items() if key in ours}
    expected |= {
        f"{key}_AP": value["AP"] for key, value in official.per_class.items() if f"{key}_AP" in ours
    }
    assert ours.keys() == expected.keys()
    found = {key: -1 if np.isnan(value[0]) else value[0] for key, value in ours.items()}
    assert found == pytest.approx(expected, abs=1e-12)


def repeated(case, counts):
    """Return the case with each image as often as ``counts`` says, under new ids."""
    order = sorted(image["id"] for image in case["gt"]["images"])
    copies = list(enumerate(np.repeat(order, counts).tolist(), 1))

    def moved(rows):
        return [
            dict(row, image_id=new) for new, old in copies for row in rows if row["image_id"] == old
        ]

    annotations = [
        dict(row, id=number) for number, row in enumerate(moved(case["gt"]["annotations"]), 1)
    ]
    images = [dict(id=new) for new, _ in copies]
    return dict(case["gt"], images=images, annotations=annotations), moved(case["dt"])


def with_different_scores(case):
    """The order of equal scores is the images', which differs between copies and weights."""
    rows = sorted(case["dt"], key=lambda row: row["score"])
    return dict(case, dt=[dict(row, score=(n + 1) / len(rows)) for n, row in enumerate(rows)])


@pytest.mark.parametrize("name", ["images_without_gt", "area_bounds", "ignore_field"])
def test_weights_are_repeated_images(name):
    case = with_different_scores(CASES[name])
    rng = np.random.default_rng(1)
    weights = rng.integers(0, 4, (3, len(case["gt"]["images"])))
    ours = summary_of(case["gt"], case["dt"], weights)
    for row, counts in enumerate(weights):
        expected = evaluate(*repeated(case, counts))
        for key in ("AP", "AP_50", "AP_75", "AP_vt", "AP_t", "AP_s", "AP_m"):
            value = -1 if np.isnan(ours[key][row]) else ours[key][row]
            assert value == pytest.approx(expected[key], abs=1e-12), key
