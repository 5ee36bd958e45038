"""VisDrone's evaluation: the official numbers, numbers by hand, and a slow reference."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinydet.errors import InputError
from tinydet.evaluation.visdrone import evaluate, evaluate_detailed
from tinydet.evaluation.visdrone.rows import boxes_of, parse_rows

# `about` in the file says where the numbers are from: the MATLAB toolkit 1.0.4 under Octave.
FILE = Path(__file__).parents[1] / "data" / "visdrone_cases.json.gz"
CASES = {case["name"]: case for case in json.loads(gzip.decompress(FILE.read_bytes()))["cases"]}
SIZE = (100, 100)
BOX = (11, 11, 10, 10)


def rows(*lines):
    """Boxes of ``(box, score, category)``."""
    return boxes_of([[*box, score, category] for box, score, category in lines])


def numbers_of(*images):
    """Evaluate images of 100 x 100 px, each ``(ground truth, detections)`` as :func:`rows`."""
    truth = {str(i): rows(*objects) for i, (objects, _) in enumerate(images)}
    found = {str(i): rows(*detections) for i, (_, detections) in enumerate(images)}
    return evaluate(truth, found, dict.fromkeys(truth, SIZE))


@pytest.mark.parametrize("name", CASES)
def test_official_numbers(name):
    case = CASES[name]
    names = [f"{number:07}" for number in range(len(case["gt"]))]
    truth = [parse_rows(text, truth=True) for text in case["gt"]]
    found = [parse_rows(text) for text in case["dt"]]
    columns = (dict(zip(names, part, strict=True)) for part in (truth, found, case["sizes_hw"]))
    numbers = evaluate(*columns)
    assert list(numbers) == list(case["expected"])
    expected = {name: value / 100 for name, value in case["expected"].items()}
    assert numbers == pytest.approx(expected, abs=1e-11, rel=0)


def test_area_under_every_point_by_hand():
    # Hit, miss, hit; two objects: precision 1 up to recall 1/2, then 2/3.
    other = (51, 51, 10, 10)
    found = [(BOX, 0.9, 4), ((80, 10, 5, 5), 0.8, 4), (other, 0.7, 4)]
    numbers = numbers_of(([(BOX, 1, 4), (other, 1, 4)], found))
    assert numbers["AP"] == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)
    assert numbers["AR_1"] == pytest.approx(0.5)
    assert numbers["AR_10"] == pytest.approx(1)


def test_an_overlap_of_exactly_the_threshold_counts():
    # Half of the object: 0.50 of the ten thresholds.
    numbers = numbers_of(([(BOX, 1, 4)], [((11, 11, 10, 5), 0.9, 4)]))
    assert (numbers["AP"], numbers["AP_50"], numbers["AP_75"]) == (pytest.approx(0.1), 1, 0)
    # 17 of 20 rows: 0.5 + 7 * 0.05 is above the literal 0.85, so seven thresholds are reached.
    numbers = numbers_of(([((11, 11, 10, 20), 1, 4)], [((11, 11, 10, 17), 0.9, 4)]))
    assert numbers["AP"] == pytest.approx(0.7)


def test_the_last_of_two_equal_overlaps_is_taken():
    left, right = (1, 1, 10, 10), (5, 1, 10, 10)
    # In between: 80 / 120 with both; then exactly the left one, which has 60 / 140 with the right.
    found = [((3, 1, 10, 10), 0.9, 4), (left, 0.8, 4)]
    assert numbers_of(([(left, 1, 4), (right, 1, 4)], found))["AP_50"] == 1
    assert numbers_of(([(right, 1, 4), (left, 1, 4)], found))["AP_50"] == 0.5


def test_limits_take_the_first_rows_of_the_file_unsorted():
    # The best score stands in row 2: AR_1 looks at row 1 only.
    numbers = numbers_of(([(BOX, 1, 4)], [((80, 80, 5, 5), 0.1, 4), (BOX, 0.9, 4)]))
    assert (numbers["AR_1"], numbers["AR_10"], numbers["AP"]) == (0, 1, 1)
    wrong = [((80, 80, 5, 5), 0.5, 7)] * 499
    assert numbers_of(([(BOX, 1, 4)], [*wrong, (BOX, 0.9, 4)]))["AP"] == 1
    assert numbers_of(([(BOX, 1, 4)], [*wrong, wrong[0], (BOX, 0.9, 4)]))["AP"] == 0


def test_what_lies_in_a_region_takes_no_place_of_the_limit():
    region = ((61, 61, 30, 30), 0, 0)
    found = [((65, 65, 10, 10), 0.95, 4), (BOX, 0.9, 4)]
    assert numbers_of(([region, (BOX, 1, 4)], found))["AR_1"] == 1


def test_ignored_objects_are_neutral_but_stay_in_the_denominator():
    ignored = ((51, 51, 20, 20), 0, 4)
    # Two small detections on the ignored object: all of them lies on it, so neither is wrong.
    found = [((52, 52, 4, 4), 0.9, 4), ((60, 60, 4, 4), 0.8, 4), (BOX, 0.7, 4)]
    numbers = numbers_of(([ignored, (BOX, 1, 4)], found))
    assert numbers["AP"] == pytest.approx(0.5)  # precision 1 up to recall 1/2
    # On an object and on an ignored one: the object is taken, whatever the overlaps.
    beside = ((11, 11, 10, 20), 0, 4)
    moved = ((11, 13, 10, 10), 0.9, 4)  # 80 / 120 with the object, all of it on the ignored
    assert numbers_of(([beside, (BOX, 1, 4)], [moved]))["AR_500"] == pytest.approx(0.5 * 0.4)


def test_a_class_counts_as_often_as_images_contain_it():
    found_twice = ([(BOX, 1, 1)], [(BOX, 0.9, 1)])
    missed_once = ([(BOX, 1, 2)], [])
    assert numbers_of(found_twice, found_twice, missed_once)["AP"] == pytest.approx(2 / 3)
    # In an ignored region: no image contains people, neither found nor missed.
    in_region = ([((1, 1, 50, 50), 0, 0), (BOX, 1, 2)], [])
    assert numbers_of(found_twice, in_region)["AP"] == 1


def test_a_class_of_ignored_objects_alone_is_ap_0():
    both = ([(BOX, 1, 1), ((51, 51, 9, 9), 0, 2)], [(BOX, 0.9, 1)])
    assert numbers_of(both)["AP"] == 0.5
    result = evaluate_detailed({"a": rows(*both[0])}, {"a": rows(*both[1])}, {"a": SIZE})
    assert result.per_class["people"]["AP"] == 0
    assert result.per_class["bus"]["AP"] == -1
    assert result.counts["people"] == dict(images=1, objects=0, ignored=1)


def test_others_neither_count_nor_excuse():
    other = (51, 51, 10, 10)
    found = [(other, 0.9, 4), (BOX, 0.8, 4)]  # a car on 'others' comes first: precision 1/2
    assert numbers_of(([(BOX, 1, 4), (other, 0, 11)], found))["AP"] == pytest.approx(0.5)


def test_equal_scores_resolve_by_the_names_of_the_images():
    truth = {"b": rows((BOX, 1, 4)), "a": rows()}
    for names in ("ab", "ba"):
        found = {name: rows((BOX, 0.5, 4)) for name in names}
        # The wrong one on image a comes first.
        assert evaluate(truth, found, dict(a=SIZE, b=SIZE))["AP"] == pytest.approx(0.5)


def test_no_detection_is_0_and_no_object_is_refused():
    assert set(numbers_of(([(BOX, 1, 4)], [])).values()) == {0}
    with pytest.raises(InputError, match="no image .* has an object of VisDrone's ten"):
        numbers_of(([(BOX, 0, 11)], []))


def test_an_image_of_unknown_size_is_named():
    with pytest.raises(InputError, match=r"sizes of 1 images are unknown \(a\).*--image-sizes"):
        evaluate({"a": rows((BOX, 1, 4))}, {}, {})


def slow_numbers(truth, found, sizes):
    """The rules of the official toolkit, one loop each, nothing shared with ours."""
    kept = [slow_drop(truth[name], found[name], *sizes[name]) for name in sorted(truth)]
    weights = np.zeros(10)
    ap, ar = np.zeros((10, 10)), np.zeros((10, 10, 4))
    for objects, _ in kept:
        for category in {c for _, _, c in objects} - {11}:
            weights[category - 1] += 1
    for category in range(1, 11):
        for t in range(10):
            for m, limit in enumerate((1, 10, 100, 500)):
                marks, total = [], 0
                for objects, detections in kept:
                    gts = [(box, s) for box, s, c in objects if c == category]
                    dts = [(box, s) for box, s, c in detections[:limit] if c == category]
                    marks += slow_match(gts, dts, 0.5 + 0.05 * t)
                    total += len(gts)
                marks.sort(key=lambda mark: -mark[0])
                tp = np.cumsum([mark == 1 for _, mark in marks])
                fp = np.cumsum([mark == 0 for _, mark in marks])
                recall = tp / max(total, 1)
                ar[category - 1, t, m] = max(recall, default=0)
            steps = zip(np.diff([0, *recall]), range(len(recall)), strict=True)
            ap[category - 1, t] = sum(
                step * max(tp[j] / max(1, tp[j] + fp[j]) for j in range(i, len(tp)))
                for step, i in steps
            )
    weights /= weights.sum()
    values = [ap.mean(1), ap[:, 0], ap[:, 5], *ar.mean(1).T]
    return [float(weights @ value) for value in values]


def slow_drop(objects, detections, height, width):
    regions = [[max(1, v) for v in box] for box, _, c in objects if c == 0]
    ignored = {
        (i, j)
        for x, y, w, h in regions
        for i in range(y, min(height, y + h) + 1)
        for j in range(x, min(width, x + w) + 1)
    }

    def stays(box):
        x, y, w, h = (max(1, int(np.floor(v + 0.5))) for v in box)
        x, y, right, bottom = min(x, width), min(y, height), min(x + w, width), min(y + h, height)
        cells = ((i, j) for i in range(y + 1, bottom + 1) for j in range(x + 1, right + 1))
        return sum(cell in ignored for cell in cells) / (w * h) < 0.5

    objects = [row for row in objects if row[2] != 0 and stays(row[0])]
    return objects, [row for row in detections if stays(row[0])]


def slow_match(gts, dts, threshold):
    taken, marks = set(), []
    for (x, y, w, h), score in sorted(dts, key=lambda row: -row[1]):
        best, chosen, excused = threshold, None, False
        for index, ((gx, gy, gw, gh), state) in enumerate(gts):
            inside = max(0, min(x + w, gx + gw) - max(x, gx)) * max(
                0, min(y + h, gy + gh) - max(y, gy)
            )
            if state == 0:
                excused |= inside / (w * h) >= threshold
            elif index not in taken and inside / (w * h + gw * gh - inside) >= best:
                best, chosen = inside / (w * h + gw * gh - inside), index
        taken.add(chosen)
        marks.append((score, 1 if chosen is not None else -1 if excused else 0))
    return marks


boxes = st.tuples(*[st.integers(-2, 22)] * 2, *[st.integers(1, 12)] * 2)
halves = st.tuples(*[st.integers(-3, 40)] * 2, *[st.integers(2, 24)] * 2).map(
    lambda box: tuple(value / 2 for value in box)
)
objects = st.lists(
    st.tuples(boxes, st.sampled_from([1, 1, 0]), st.sampled_from([0, 1, 1, 2, 2, 11])), max_size=7
)
detections = st.lists(
    st.tuples(halves, st.sampled_from([0.2, 0.5, 0.9]), st.sampled_from([1, 2])), max_size=14
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(objects, detections), min_size=1, max_size=3))
def test_ours_is_the_slow_reference(images):
    truth = {str(i): part for i, (part, _) in enumerate(images)}
    found = {str(i): part for i, (_, part) in enumerate(images)}
    sizes = dict.fromkeys(truth, (20, 24))
    ours = [{name: rows(*part) for name, part in split.items()} for split in (truth, found)]
    try:
        numbers = evaluate(*ours, sizes)
    except InputError:  # nothing to find
        kept = [slow_drop(truth[name], found[name], 20, 24)[0] for name in truth]
        assert {c for part in kept for _, _, c in part} <= {11}
        return
    assert list(numbers.values()) == pytest.approx(slow_numbers(truth, found, sizes), abs=1e-11)
