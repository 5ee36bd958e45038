"""COCO's protocol on VisDrone: the two choices, and that they decide what they say."""

import pytest

from tinydet.errors import InputError
from tinydet.evaluation.visdrone.coco import evaluate_coco
from tinydet.evaluation.visdrone.result import result_table
from tinydet.evaluation.visdrone.rows import boxes_of

BOX, FAR = [11, 11, 10, 10], [61, 61, 10, 10]


def rows(*lines):
    return boxes_of([[*box, score, category] for box, score, category in lines])


def evaluated(objects, detections, rule="drop", limit=500, **options):
    return evaluate_coco({"a": rows(*objects)}, {"a": rows(*detections)}, rule, limit, **options)


@pytest.mark.parametrize("backend", ["ultrafast", "pycocotools"])
@pytest.mark.parametrize(
    "ignored", [([51, 51, 40, 40], 0, 0), ([51, 51, 40, 40], 0, 4)], ids=["region", "object"]
)
def test_the_rule_decides_over_what_is_found_in_ignored_places(ignored, backend):
    found = [(FAR, 0.9, 4), (BOX, 0.8, 4)]
    objects = [(BOX, 1, 4), ignored]
    # Left out: the first one is wrong, precision 1/2. Crowd: it is neither right nor wrong.
    assert evaluated(objects, found, backend=backend).summary["AP"] == pytest.approx(0.5)
    crowd = evaluated(objects, found, "crowd", backend=backend)
    assert crowd.summary["AP"] == pytest.approx(1)


def test_an_ignored_object_excuses_its_own_class_alone():
    objects, found = [(BOX, 1, 4), (FAR, 0, 5)], [(FAR, 0.9, 4), (BOX, 0.8, 4)]
    assert evaluated(objects, found, "crowd").summary["AP"] == pytest.approx(0.5)


def test_others_are_never_looked_at():
    objects, found = [(BOX, 1, 4), (FAR, 1, 11)], [(FAR, 0.9, 4), (BOX, 0.8, 4)]
    for rule in ("drop", "crowd"):
        assert evaluated(objects, found, rule).summary["AP"] == pytest.approx(0.5)


def test_the_limit_is_of_a_class_by_score():
    wrong = [(FAR, 0.9, 4)] * 100
    found = [*wrong, (BOX, 0.5, 4)]
    assert evaluated([(BOX, 1, 4)], found, limit=100).summary["AR_100"] == 0
    numbers = evaluated([(BOX, 1, 4)], found, limit=500).summary
    assert (numbers["AR_100"], numbers["AR_500"]) == (0, 1)
    assert numbers["AP"] == pytest.approx(1 / 101)  # and AP is at the last limit
    other_class = [(box, score, 5) for box, score, _ in wrong]
    found = [*other_class, (BOX, 0.5, 4)]
    assert evaluated([(BOX, 1, 4)], found, limit=100).summary["AR_1"] == 1


def test_numbers_by_hand():
    # One of two objects: 51 of the 101 recall points. Small: 100 px² is below 32².
    numbers = evaluated([(BOX, 1, 4), (FAR, 1, 4)], [(BOX, 0.9, 4)]).summary
    assert numbers["AP"] == numbers["AP_s"] == pytest.approx(51 / 101)
    assert numbers["AP_m"] == numbers["AP_l"] == -1
    assert numbers["AR_500"] == pytest.approx(0.5)
    assert evaluated([(BOX, 1, 4)], []).summary["AP"] == 0


def test_the_choices_are_printed_and_cannot_be_left_out():
    text = result_table(evaluated([(BOX, 1, 4)], [], "crowd", 100))
    assert "not the official one: maxDets (1, 10, 100) per image and class" in text
    assert "ignore rule 'crowd'" in text
    with pytest.raises(InputError, match="ignore_rule is None; choose 'drop'.*'crowd'"):
        evaluated([(BOX, 1, 4)], [], rule=None)
    with pytest.raises(InputError, match="max_dets is 300; choose 100 or 500"):
        evaluated([(BOX, 1, 4)], [], limit=300)
