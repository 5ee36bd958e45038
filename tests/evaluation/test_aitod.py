"""AI-TOD's evaluation: the official numbers, numbers by hand, and the pitfalls."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinydet.errors import InputError
from tinydet.evaluation.aitod import evaluate, evaluate_detailed
from tinydet.evaluation.aitod.olrp import olrp
from tinydet.evaluation.ground_truth import count_ranges

# `about` in the file says where the numbers are from: the official evaluator, commit 44a230a.
FILE = Path(__file__).parents[1] / "data" / "aitod_cases.json.gz"
CASES = {case["name"]: case for case in json.loads(gzip.decompress(FILE.read_bytes()))["cases"]}
BACKENDS = ["ultrafast", "pycocotools"]


def options_of(case):
    names = dict(maxDets="max_dets", iouThrs="iou_thrs", catIds="category_ids")
    return {names[key]: value for key, value in case["params"].items()}


def coco(*annotations, images=1, categories=1):
    """Ground truth from ``(image, category, box)``; ids from 1, area = w h."""
    return dict(
        images=[dict(id=i) for i in range(1, images + 1)],
        categories=[dict(id=c, name=f"c{c}") for c in range(1, categories + 1)],
        annotations=[
            dict(id=n, image_id=i, category_id=c, bbox=box, area=box[2] * box[3], iscrowd=0)
            for n, (i, c, box) in enumerate(annotations, 1)
        ],
    )


def found(*rows):
    """Detections from ``(image, category, box, score)``."""
    return [dict(image_id=i, category_id=c, bbox=box, score=s) for i, c, box, s in rows]


BOX = [10.0, 10.0, 10.0, 10.0]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["expected"]])
def test_official_numbers(name, backend):
    case = CASES[name]
    result = evaluate_detailed(case["gt"], case["dt"], backend=backend, **options_of(case))
    assert result.summary == pytest.approx(case["expected"], abs=1e-12)
    names = {category["id"]: category["name"] for category in case["gt"]["categories"]}
    for category_id, expected in case["expected_per_class"].items():
        ours = result.per_class[names[int(category_id)]]
        for key, value in expected.items():
            value = math.nan if value is None else value
            assert ours[key] == pytest.approx(value, abs=1e-12, nan_ok=True), (category_id, key)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_detections_are_ap_0_and_olrp_1(backend):
    """The official evaluator raises here."""
    summary = evaluate(CASES["no_detections"]["gt"], [], backend=backend)
    assert summary["AP"] == 0
    assert summary["oLRP"] == 1
    assert summary["oLRP_false_negative"] == 1
    assert summary["oLRP_Localisation"] == -1


@pytest.mark.parametrize("backend", BACKENDS)
def test_half_found_by_hand(backend):
    # Two objects, one found exactly: recall 0.5, so 51 of the 101 recall points have precision 1.
    truth = coco((1, 1, BOX), (1, 1, [50, 50, 10, 10]))
    summary = evaluate(truth, found((1, 1, BOX, 0.9)), backend=backend)
    assert summary["AP"] == pytest.approx(51 / 101)
    assert summary["AR@1"] == pytest.approx(0.5)
    assert summary["AP_t"] == pytest.approx(51 / 101)  # 100 px² is tiny
    assert summary["AP_vt"] == -1
    # LRP = (0 + 0 FP + 1 FN) / 2
    assert summary["oLRP"] == pytest.approx(0.5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_localisation_by_hand(backend):
    # Moved by 2 of 10 px: IoU 80 / 120 = 2/3, a hit at 0.50, 0.55, 0.60 and 0.65 of ten thresholds.
    truth = coco((1, 1, BOX))
    summary = evaluate(truth, found((1, 1, [12, 10, 10, 10], 0.9)), backend=backend)
    assert summary["AP"] == pytest.approx(0.4)
    assert summary["AP_50"] == pytest.approx(1)
    assert summary["AP_75"] == pytest.approx(0)
    assert summary["oLRP"] == pytest.approx((1 - 2 / 3) / 0.5)
    assert summary["oLRP_Localisation"] == pytest.approx(1 / 3)


def test_olrp_by_hand():
    # Hit with IoU 0.9, miss, hit with IoU 0.6; three objects.
    # LRP: (0.2 + 2) / 3, (0.2 + 1 + 2) / 4, (0.2 + 0.8 + 1 + 1) / 4
    error = olrp(np.array([0.9, 0.8, 0.7]), np.array([0.9, np.nan, 0.6]), 3)
    assert error.total == pytest.approx(2.2 / 3)
    assert error.localisation == pytest.approx(0.1)
    assert error.false_positive == 0
    assert error.false_negative == pytest.approx(2 / 3)
    assert error.threshold == 0.9


def test_both_ends_of_a_range_count():
    sizes = [dict(area=64.0), dict(area=256.0), dict(area=64.0, iscrowd=1)]
    for size in sizes:
        size["category_id"] = 3
    none = dict(all=0, vt=0, t=0, s=0, m=0)
    expected = [none, dict(all=2, vt=1, t=2, s=1, m=0)]
    assert count_ranges(sizes, [dict(id=1), dict(id=3)]) == expected


def test_equal_scores_resolve_by_image_id_not_by_file_order():
    truth = coco((2, 1, BOX), images=2)
    wrong, right = (1, 1, BOX, 0.5), (2, 1, BOX, 0.5)
    # The false positive on image 1 comes first in both orders: precision 1/2.
    assert evaluate(truth, found(right, wrong))["AP"] == pytest.approx(0.5)
    assert evaluate(truth, found(wrong, right))["AP"] == pytest.approx(0.5)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_that_are_none_are_left_out_and_counted(bad, caplog):
    truth = coco((1, 1, BOX))
    rows = found((1, 1, BOX, 0.5), (1, 1, [bad, 0, 1, 1], 0.9), (1, 1, BOX, bad))
    assert evaluate(truth, rows)["AP"] == pytest.approx(1)


def test_detections_of_another_split_are_refused():
    with pytest.raises(InputError, match=r"1 images that the ground truth does not have.*ids 7"):
        evaluate(coco((1, 1, BOX)), found((7, 1, BOX, 0.5)))


def test_whole_numbers_that_a_program_wrote_as_floats():
    rows = found((1.0, 1.0, BOX, 0.5))
    assert evaluate(coco((1, 1, BOX)), rows)["AP"] == pytest.approx(1)
    with pytest.raises(InputError, match=r"image_id of row 0 is not an integer: 1.5"):
        evaluate(coco((1, 1, BOX)), found((1.5, 1, BOX, 0.5)))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([dict(image_id=1, category_id=1, bbox=BOX)], "row 0 has no score"),
        ([dict(image_id=1, category_id=1, bbox=[1, 2], score=1)], "not four numbers"),
        (dict(images=[]), "holds a dict"),
    ],
)
def test_malformed_detections(rows, sentence, tmp_path):
    path = tmp_path / "dt.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(InputError, match=sentence):
        evaluate(coco((1, 1, BOX)), path)


def test_unknown_backend():
    with pytest.raises(InputError, match="'slow' is none of"):
        evaluate(coco((1, 1, BOX)), [], backend="slow")


def test_a_backend_that_is_not_installed_is_named():
    pytest.importorskip("pycocotools")
    try:
        import aitodpycocotools  # noqa: F401
    except ImportError:
        with pytest.raises(InputError, match="'aitodpycocotools' is not installed"):
            evaluate(coco((1, 1, BOX)), [], backend="aitodpycocotools")
    else:
        case = CASES["random"]
        summary = evaluate(case["gt"], case["dt"], backend="aitodpycocotools")
        assert summary == pytest.approx(case["expected"], abs=1e-12)


boxes = st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 12)] * 2).map(
    lambda box: [float(number) for number in box]
)
place = st.tuples(st.integers(1, 3), st.integers(1, 2))


@settings(max_examples=100, deadline=None)
@given(
    truths=st.lists(st.tuples(place, boxes, st.booleans()), min_size=1, max_size=8),
    detections=st.lists(
        st.tuples(place, boxes, st.sampled_from([0.1, 0.5, 0.9])), min_size=1, max_size=12
    ),
    first_id=st.sampled_from([0, 1, -2, 2**53]),
)
def test_backends_agree(truths, detections, first_id):
    truth = coco(*((i, c, box) for (i, c), box, _ in truths), images=3, categories=2)
    for ann, (_, _, crowd) in zip(truth["annotations"], truths, strict=True):
        ann["iscrowd"] = int(crowd)
        ann["id"] += first_id - 1
    rows = found(*((i, c, box, score) for (i, c), box, score in detections))
    fast, slow = (evaluate(truth, rows, backend=name) for name in BACKENDS)
    assert fast == pytest.approx(slow, abs=1e-12)


@pytest.mark.parametrize("key", ["image_id", "category_id"])
def test_ids_that_no_float_holds(key):
    """The library takes a table of float64, in which 2**60 and its next are one number."""
    many = dict(images=2, categories=2)
    truth = coco((1, 1, BOX), (2, 2, [50, 50, 10, 10]), **many)
    rows = found((1, 1, BOX, 0.9), (2, 2, [50, 50, 10, 10], 0.8))
    section = dict(image_id="images", category_id="categories")[key]
    for part, name in ((truth[section], "id"), (truth["annotations"], key), (rows, key)):
        for row in part:
            row[name] += 2**60
    assert evaluate(truth, rows)["AP"] == pytest.approx(1)
    rows[0][key], rows[1][key] = rows[1][key], rows[0][key]
    assert evaluate(truth, rows)["AP"] == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (dict(annotations=[dict(id=1, image_id=1, category_id=1, area=1)]), "'bbox' of 1 annot"),
        (dict(annotations=[dict(id=4, image_id=1, category_id=1, bbox=BOX)]), "'area' of 1 annot"),
        (dict(images=[], annotations=[]), "the list 'images' is empty"),
        (dict(categories=[dict(id=1, name="a"), dict(id=2, name="a")]), "one category is named a"),
    ],
)
def test_ground_truth_that_cannot_be_evaluated(change, sentence):
    with pytest.raises(InputError, match=sentence):
        evaluate(coco((1, 1, BOX)) | change, [])


@pytest.mark.parametrize("thresholds", [(), (0.0,), (0.5, 1.5)])
def test_thresholds_lie_between_0_and_1(thresholds):
    with pytest.raises(InputError, match="IoU thresholds"):
        evaluate(coco((1, 1, BOX)), [], iou_thrs=thresholds)
