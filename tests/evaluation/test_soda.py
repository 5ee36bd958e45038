"""SODA's protocol by hand: sizes, ignored objects, limits, tiles; and the metric of a run."""

import json

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from tinydet.boxes import Boxes
from tinydet.errors import InputError
from tinydet.evaluation import SODAMetric
from tinydet.evaluation.backends import load_backend
from tinydet.evaluation.soda import evaluate_read
from tinydet.evaluation.soda.tiles import merge_tiles, places_of

BOX, FAR = [10, 10, 10, 10], [60, 60, 10, 10]  # left, top, width, height: extremely small


def truth_of(*objects, **fields):
    annotations = [
        dict(dict(id=i, image_id=1, category_id=1, bbox=box, area=box[2] * box[3]), **more)
        for i, (box, more) in enumerate(objects, start=1)
    ]
    categories = [dict(id=1, name="people")]
    return dict(images=[dict(id=1)], annotations=annotations, categories=categories) | fields


def evaluated(objects, detections, backend="ultrafast", **options):
    columns = np.array([box for box, _ in detections], float), np.ones(len(detections), int)
    scores = np.array([score for _, score in detections])
    found = Boxes(*columns, scores, np.ones(len(detections), int), "xywh")
    return evaluate_read(truth_of(*objects), found, load_backend(backend), **options)


@pytest.mark.parametrize("backend", ["ultrafast", "pycocotools"])
@pytest.mark.parametrize(
    ("side", "ranges"),
    [
        (12, {"Small", "eS", "rS"}),  # both ends of a range belong to it
        (16, {"Small", "rS"}),
        (25, {"Small", "gS"}),
        (32, {"Small", "gS", "Normal"}),
        (40, {"Normal"}),
        (50, set()),  # above 2,000 px²
    ],
)
def test_an_object_counts_in_its_ranges(side, ranges, backend):
    box = [5, 5, side, side]
    result = evaluated([(box, {})], [(box, 0.9)], backend)
    assert {name for name, count in result.num_gts["people"].items() if count} == ranges
    for name in ("eS", "rS", "gS", "Normal"):
        assert result.summary[f"AP_{name}"] == pytest.approx(1 if name in ranges else -1)
    assert result.summary["AP"] == pytest.approx(1 if "Small" in ranges else -1)


@pytest.mark.parametrize("backend", ["ultrafast", "pycocotools"])
def test_an_ignored_object_takes_one_detection_by_its_iou(backend):
    """Unlike a crowd, which takes any number of detections inside."""
    objects = [(BOX, {}), (FAR, dict(ignore=1))]
    once = [(FAR, 0.9), (BOX, 0.8)]
    assert evaluated(objects, once, backend).summary["AP"] == pytest.approx(1)
    twice = [(FAR, 0.9), (FAR, 0.9), (BOX, 0.8)]  # the second is a false positive
    assert evaluated(objects, twice, backend).summary["AP"] == pytest.approx(0.5)
    inside = [([60, 60, 4, 4], 0.9), (BOX, 0.8)]  # an IoU of 0.16
    assert evaluated(objects, inside, backend).summary["AP"] == pytest.approx(0.5)


def test_iscrowd_has_no_effect():
    result = evaluated([(BOX, dict(iscrowd=1))], [(BOX, 0.9)])
    assert result.summary["AP"] == pytest.approx(1)
    assert result.num_gts["people"]["eS"] == 1


def test_ap_is_of_the_first_limit_and_ar_of_each():
    wrong = [(FAR, 0.9)] * 100
    numbers = evaluated([(BOX, {})], [*wrong, (BOX, 0.5)]).summary
    assert list(numbers) == [
        *("AP", "AP_50", "AP_75", "AP_eS", "AP_rS", "AP_gS", "AP_Normal"),
        *("AR@100", "AR@300", "AR@1000"),
        *("AR_eS@1000", "AR_rS@1000", "AR_gS@1000", "AR_Normal@1000"),
    ]
    assert numbers["AP"] == numbers["AR@100"] == 0
    assert numbers["AR@300"] == numbers["AR_eS@1000"] == 1
    assert evaluated([(BOX, {})], [*wrong, (BOX, 0.5)], max_dets=[20000]).summary["AP"] > 0


def test_ap_50_and_ap_75_are_of_their_thresholds():
    """An IoU of 0.6: right at 0.50, 0.55 and 0.60 of the ten thresholds."""
    numbers = evaluated([(BOX, {})], [([10, 10, 10, 6], 0.9)]).summary
    assert (numbers["AP_50"], numbers["AP_75"]) == pytest.approx((1, 0))
    assert numbers["AP"] == pytest.approx(0.3)


PICTURES = [dict(id=7, file_name="a/P1.jpg"), dict(id=8, file_name="P2__x.jpg")]


def test_a_tile_says_its_place_by_its_fields_or_its_name():
    tiles = [
        dict(id=1, file_name="P1_0.jpg", ori_id=7, start_coord=[650, 0]),
        dict(id=2, file_name="b/P1__1.0__0___650.png"),
        dict(id=3, file_name="P2__x__1__13___14.png"),
    ]
    assert places_of(tiles, PICTURES, "t.json") == {1: (7, 650, 0), 2: (7, 0, 650), 3: (8, 13, 14)}
    with pytest.raises(
        InputError, match=r"t.json: 2 tiles do not say where .* \(P3__1__0___0, 5\)"
    ):
        places_of([dict(id=4, file_name="P3__1__0___0"), dict(id=5)], PICTURES, "t.json")


def found_in_tile(boxes, labels, scores):
    return Boxes(np.array(boxes, float).reshape(-1, 4), np.array(labels), np.array(scores))


def test_what_two_tiles_show_becomes_one_box():
    """The same object at x = 660 of the picture, from tiles at 0 and at 650."""
    tiles = {
        1: found_in_tile([[660, 5, 670, 15], [0, 0, 9, 9]], [0, 1], [0.6, 0.5]),
        2: found_in_tile([[10, 5, 20, 15], [10, 5, 20, 15], [12, 5, 22, 15]], [0, 1, 0], [0.7] * 3),
    }
    places = {1: (7, 0, 0), 2: (7, 650, 0)}
    merged = merge_tiles(tiles, places, [7, 8], 0.5)
    assert len(merged[8]) == 0
    rows = zip(merged[7].xyxy.tolist(), merged[7].class_ids, merged[7].scores, strict=True)
    assert sorted((label, box[0], score) for box, label, score in rows) == [
        (0, 660, 0.7),  # 662 has an IoU of 2/3 with it
        (1, 0, 0.5),
        (1, 660, 0.7),
    ]


@pytest.fixture
def files(tmp_path):
    """A picture of 1,450 x 800 px with an object that both of its tiles show, and a region."""
    whole = truth_of(
        ([660, 5, 10, 10], {}),
        ([0, 0, 90, 90], dict(category_id=2)),
        images=[dict(id=1, file_name="P1.jpg")],
        categories=[dict(id=1, name="people"), dict(id=2, name="ignore")],
    )
    tiles = truth_of(
        ([660, 5, 10, 10], {}),
        ([10, 5, 10, 10], dict(image_id=2)),
        images=[
            dict(id=1, ori_id=1, start_coord=[0, 0]),
            dict(id=2, ori_id=1, start_coord=[650, 0]),
        ],
    )
    for name, content in (("whole", whole), ("tiles", tiles)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    return str(tmp_path / "tiles.json"), str(tmp_path / "whole.json")


def metric_of(files, **options):
    metric = SODAMetric(files[0], files[1], max_per_img=100, **options)
    metric.dataset_meta = dict(classes=("people",))
    samples = []
    for image_id, x in ((1, 660.0), (2, 10.0)):
        found = InstanceData(
            bboxes=torch.tensor([[x, 5, x + 10, 15]]),
            scores=torch.tensor([0.9]),
            labels=torch.tensor([0]),
        )
        samples.append(dict(img_id=image_id, pred_instances=found))
    metric.process({}, samples)
    return metric


def test_the_metric_evaluates_the_whole_pictures(files, tmp_path):
    out = tmp_path / "out.json"
    metric = metric_of(files, out_file=str(out))
    numbers = metric.evaluate(2)
    assert numbers["soda/AP"] == pytest.approx(1)
    assert numbers["soda/people_AP_50"] == pytest.approx(1)
    assert [name.removeprefix("soda/") for name in numbers] == metric.names(("people",))
    assert [row["bbox"] for row in json.loads(out.read_text())] == [[660, 5, 10, 10]]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (dict(max_dets=(0,)), "SODAMetric: max_dets=0 must be a whole number of at least 1"),
        (dict(max_dets=()), "SODAMetric: max_dets is empty"),
        (dict(merge_iou_thr=0), r"SODAMetric: merge_iou_thr=0 is outside \(0, 1\]"),
    ],
)
def test_what_no_metric_can_be_made_of(options, sentence):
    with pytest.raises(InputError, match=sentence):
        SODAMetric("gt.json", **options)
