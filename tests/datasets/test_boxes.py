"""Which boxes training may use; the image is 40 px wide and 30 px high."""

import copy
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinydet.datasets.boxes import ROUNDING, check_evaluable, clean_boxes
from tinydet.errors import InputError

WIDTH, HEIGHT = 40, 30
KINDS = ("malformed", "negative", "zero_area", "outside", "clipped")


def check_boxes(coco, name="a.json"):
    return clean_boxes(coco, name)[1]


def with_boxes(*boxes):
    return dict(
        images=[dict(id=7, file_name="7.png", width=WIDTH, height=HEIGHT)],
        categories=[dict(id=1, name="car")],
        annotations=[
            dict(id=n, image_id=7, category_id=1, bbox=bbox, area=1.0)
            for n, bbox in enumerate(boxes, start=1)
        ],
    )


@pytest.mark.parametrize(
    ("bbox", "kind"),
    [
        (None, "malformed"),
        ([1, 2, 3], "malformed"),
        ([1, 2, 3, "4"], "malformed"),
        ("1234", "malformed"),
        ([1, 2, 3, True], "malformed"),
        ([1, 2, 3, 10**400], "malformed"),
        ([1, 2, math.nan, 4], "malformed"),
        ([1, 2, 3, math.inf], "malformed"),
        ([1e308, 2, 1e308, 4], "malformed"),  # x + w overflows
        ([5, 5, -2, 3], "negative"),
        ([5, 5, 0, 3], "zero_area"),
        ([5, 5, 1e-20, 3], "zero_area"),  # x + w rounds to x
        ([40, 5, 3, 3], "outside"),  # begins where the image ends
        ([-3, 5, 3, 3], "outside"),
        ([38, 28, 4, 4], "clipped"),
    ],
)
def test_each_problem_is_reported_as_what_it_is(bbox, kind):
    report = check_boxes(with_boxes([1, 1, 2, 2], bbox))
    assert {name: getattr(report, name) for name in KINDS} == {
        **dict.fromkeys(KINDS, []),
        kind: [2],
    }


@pytest.mark.parametrize(
    "bbox",
    [
        [0, 0, 40, 30],  # the whole image
        [39.5, 29.5, 0.5, 0.5],  # half a pixel in the corner
        [38.67, 1, 1.335, 2],  # two decimals: ends 0.005 px outside
    ],
)
def test_what_is_usable_stays_as_it_is(bbox):
    coco = with_boxes(bbox)
    cleaned, report = clean_boxes(coco)
    assert cleaned == coco
    assert report.summary() == ""


def test_a_clipped_box_gets_its_new_area_and_the_caller_keeps_the_old():
    coco = with_boxes([-2, 25, 10, 10], [1, 1, -1, 1])
    before = copy.deepcopy(coco)
    cleaned, report = clean_boxes(coco)
    assert [ann["bbox"] for ann in cleaned["annotations"]] == [[0, 25, 8, 5]]
    assert cleaned["annotations"][0]["area"] == 40
    assert coco == before
    assert report.dropped == {2}


def test_the_summary_counts_and_names_the_first():
    report = check_boxes(with_boxes(*[[1, 1, 0, 1]] * 7, [-1, 0, 2, 2]))
    assert report.summary() == (
        "7 boxes of zero area dropped (annotation ids 1, 2, 3, 4, 5, …); "
        "1 boxes clipped to their image (annotation ids 8)"
    )


@pytest.mark.parametrize("size", [dict(), dict(width=0), dict(width="40"), dict(width=math.nan)])
def test_an_image_without_a_size_is_named(size):
    coco = with_boxes([1, 1, 2, 2])
    del coco["images"][0]["width"]
    coco["images"][0].update(size)
    with pytest.raises(InputError, match=r"a\.json: 1 images have no positive .* \(7\.png\); add"):
        check_boxes(coco, "a.json")


def test_no_annotations_are_no_problem():
    cleaned, report = clean_boxes(with_boxes())
    assert cleaned["annotations"] == []
    assert report.dropped == set()


coordinate = st.one_of(
    st.floats(-60, 60), st.floats(), st.integers(-60, 60), st.sampled_from([0, 30, 40, None, "1"])
)


@given(st.lists(st.lists(coordinate, min_size=4, max_size=4), max_size=8))
def test_cleaned_boxes_are_inside_with_positive_area_and_nothing_valid_changes(boxes):
    coco = with_boxes(*boxes)
    cleaned, report = clean_boxes(coco)
    for ann in cleaned["annotations"]:
        x, y, w, h = ann["bbox"]
        assert x + w > x
        assert y + h > y
        assert x >= -ROUNDING
        assert y >= -ROUNDING
        assert x + w <= WIDTH + 1.01 * ROUNDING
        assert y + h <= HEIGHT + 1.01 * ROUNDING
    untouched = {ann["id"] for ann in coco["annotations"]} - {*report.dropped, *report.clipped}
    originals = [ann for ann in coco["annotations"] if ann["id"] in untouched]
    assert [ann for ann in cleaned["annotations"] if ann["id"] in untouched] == originals
    assert check_boxes(cleaned).summary() == ""  # once is enough


@given(st.floats(0, WIDTH - 1), st.floats(0, HEIGHT - 1), st.floats(1e-3, 1), st.floats(1e-3, 1))
def test_a_tiny_box_inside_the_image_is_never_a_problem(x, y, w, h):
    assert check_boxes(with_boxes([x, y, w, h])).summary() == ""


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("bbox", None, "'bbox' of 1 annotations is not four finite numbers"),
        ("bbox", [], "'bbox' of 1 annotations is not four finite numbers"),
        ("bbox", ["1", "1", "2", "2"], "'bbox' of 1 annotations is not four finite numbers"),
        ("bbox", [1, 1, math.nan, 2], "'bbox' of 1 annotations is not four finite numbers"),
        ("area", None, "'area' of 1 annotations is not a finite number"),
        ("area", "4", "'area' of 1 annotations is not a finite number"),
        ("area", math.nan, "'area' of 1 annotations is not a finite number"),
    ],
)
def test_what_no_evaluator_takes_is_refused(key, value, sentence):
    coco = with_boxes([1, 1, 2, 2], [1, 1, 2, 2])
    check_evaluable(coco, "a.json")
    coco["annotations"][1][key] = value
    with pytest.raises(InputError, match=rf"^a\.json: {sentence} \(annotation ids 2\)"):
        check_evaluable(coco, "a.json")
    del coco["annotations"][1][key]
    with pytest.raises(InputError, match=sentence):
        check_evaluable(coco, "a.json")


def test_an_evaluation_takes_boxes_as_they_are():
    coco = with_boxes([1, 1, 0, 2], [1, 1, -1, 2], [50, 1, 2, 2], [38, 1, 4, 2])
    check_evaluable(coco, "a.json")
    assert check_boxes(coco).summary(evaluated=True) == (
        "1 boxes of negative size evaluated as they are: no detection can match them (annotation "
        "ids 2); 1 boxes of zero area evaluated as they are: no detection can match them "
        "(annotation ids 1); 1 boxes outside their image evaluated as they are (annotation ids "
        "3); 1 boxes that extend beyond their image evaluated as they are (annotation ids 4)"
    )
