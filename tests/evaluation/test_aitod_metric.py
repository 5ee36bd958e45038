"""The metric: labels to categories, several processes, and what it refuses."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.structures import InstanceData

from tinydet.errors import InputError
from tinydet.evaluation import AITODMetric

BOX = [10.0, 10.0, 20.0, 20.0]  # x1, y1, x2, y2
CLASSES = ("dog", "cat")  # the order of the file


@pytest.fixture
def ann_file(tmp_path):
    """Three images with a dog each; the ids of the file are not the labels."""
    path = tmp_path / "gt.json"
    annotations = [
        dict(id=i, image_id=i, category_id=3, bbox=[10, 10, 10, 10], area=100, iscrowd=0)
        for i in (1, 2, 3)
    ]
    categories = [dict(id=3, name="dog"), dict(id=7, name="cat")]
    images = [dict(id=i) for i in (1, 2, 3)]
    path.write_text(json.dumps(dict(images=images, annotations=annotations, categories=categories)))
    return str(path)


def sample(image_id, boxes=(BOX,), label=0, score=0.9):
    count = len(boxes)
    found = InstanceData(
        bboxes=torch.tensor(boxes).reshape(-1, 4),
        scores=torch.full((count,), score),
        labels=torch.full((count,), label),
    )
    return dict(img_id=image_id, pred_instances=found)


def metric_with(ann_file, samples, **options):
    metric = AITODMetric(ann_file, **options)
    metric.dataset_meta = dict(classes=CLASSES)
    metric.process({}, samples)
    return metric


def test_labels_reach_their_category_by_name(ann_file):
    metric = metric_with(ann_file, [sample(i) for i in (1, 2, 3)])
    numbers = metric.evaluate(3)
    assert numbers["aitod/AP"] == pytest.approx(1)
    assert numbers["aitod/AR@1"] == pytest.approx(1)
    wrong = metric_with(ann_file, [sample(i, label=1) for i in (1, 2, 3)])
    assert wrong.evaluate(3)["aitod/AP"] == 0


def test_images_that_a_sampler_repeats_count_once(ann_file):
    """Two processes: the second one got image 1 again to fill its last round."""
    first = metric_with(ann_file, [sample(1), sample(3)])
    second = metric_with(ann_file, [sample(2), sample(1)])
    gathered = [row for pair in zip(first.results, second.results, strict=True) for row in pair]
    numbers = first.compute_metrics(gathered)
    single = metric_with(ann_file, [sample(i) for i in (1, 2, 3)])
    assert numbers == single.compute_metrics(single.results)
    assert numbers["oLRP_false_positive"] == 0


def test_an_image_without_result_is_told(ann_file):
    metric = metric_with(ann_file, [sample(1), sample(3)])
    with pytest.raises(InputError, match=r"1 images of .* have no result \(image ids 2\)"):
        metric.compute_metrics(metric.results)


def test_no_detection_at_all(ann_file):
    metric = metric_with(ann_file, [sample(i, boxes=()) for i in (1, 2, 3)])
    assert metric.compute_metrics(metric.results)["oLRP"] == 1


def test_other_classes_list_both_sides(ann_file):
    metric = AITODMetric(ann_file)
    with pytest.raises(InputError, match=r"only in the file: dog; only in the config: horse"):
        metric.dataset_meta = dict(classes=("cat", "horse"))  # as a run does before its first step


def test_written_detections_evaluate_to_the_same_numbers(ann_file, tmp_path):
    from tinydet.evaluation.aitod import evaluate

    out = tmp_path / "out" / "dt.json"
    metric = metric_with(ann_file, [sample(i) for i in (1, 2, 3)], out_file=str(out))
    numbers = metric.compute_metrics(metric.results)
    rows = json.loads(out.read_text())
    assert rows[0] == dict(
        image_id=1, category_id=3, bbox=[10, 10, 10, 10], score=pytest.approx(0.9)
    )
    of_classes = {name: numbers.pop(name) for name in [*numbers][-6:]}
    assert evaluate(ann_file, rows) == numbers
    # No ground truth of cats.
    assert of_classes == dict(
        dog_AP=pytest.approx(1),
        dog_AP_50=pytest.approx(1),
        dog_oLRP=0,
        cat_AP=-1,
        cat_AP_50=-1,
        cat_oLRP=-1,
    )
    assert metric.names(CLASSES) == [*numbers, *of_classes]


def test_area_ranges_of_ones_own(ann_file, capsys):
    ranges = dict(small=(0, 100), large=(101, 1e10))
    metric = metric_with(ann_file, [sample(1), sample(2), sample(3)], area_ranges=ranges)
    numbers = metric.evaluate(3)
    assert numbers["aitod/AP_small"] == pytest.approx(1)  # of 100 px², the end counts
    assert numbers["aitod/AP_large"] == -1
    assert "aitod/AP_vt" not in numbers
    assert [f"aitod/{name}" for name in metric.names(CLASSES)] == [*numbers]


@pytest.mark.parametrize(
    ("ranges", "sentence"),
    [
        ({"50": (0, 9)}, "'50' is not a name"),
        ({"small": (9, 0)}, r"small=\(9, 0\) is not a range"),
        ({"small": 9}, "small=9 is not a range"),
        ({"all": (0, 9)}, "'all' is every object"),
    ],
)
def test_area_ranges_that_are_none(ann_file, ranges, sentence):
    with pytest.raises(InputError, match=sentence):
        AITODMetric(ann_file, area_ranges=ranges)


def test_a_low_limit_is_warned_about(ann_file, capsys):
    from mmengine.logging import MMLogger

    MMLogger.get_instance("metric_test", logger_name="metric_test")
    metric = metric_with(ann_file, [sample(i) for i in (1, 2, 3)], max_per_img=0)
    metric.compute_metrics(metric.results)
    printed = capsys.readouterr()
    assert "max_per_img=0 is below the 1 objects" in printed.out + printed.err


def test_an_unknown_backend_is_told_before_training(ann_file):
    with pytest.raises(InputError, match="'slow'"):
        AITODMetric(ann_file, backend="slow")


def test_a_result_on_another_image_is_told(ann_file):
    metric = metric_with(ann_file, [sample(i) for i in (1, 2, 3, 9)])
    with pytest.raises(InputError, match=r"are not in it \(image ids 9\)"):
        metric.evaluate(4)


def test_classes_in_another_order_are_refused(ann_file):
    with pytest.raises(InputError, match="another order"):
        AITODMetric(ann_file).dataset_meta = dict(classes=("cat", "dog"))


@pytest.mark.parametrize(
    ("key", "value"),
    [("bbox", None), ("bbox", ["1", "1", "2", "2"]), ("area", float("nan")), ("iscrowd", "maybe")],
)
def test_a_file_that_cannot_be_evaluated_is_told_before_the_first_step(ann_file, key, value):
    truth = json.loads(Path(ann_file).read_text())
    truth["annotations"][1][key] = value
    Path(ann_file).write_text(json.dumps(truth))
    with pytest.raises(InputError, match=rf"'{key}' of 1 annotations is .*\(annotation ids 2"):
        AITODMetric(ann_file).dataset_meta = dict(classes=CLASSES)


def test_a_detector_of_some_classes_is_evaluated_on_those(ann_file):
    truth = json.loads(Path(ann_file).read_text())
    truth["annotations"][2]["category_id"] = 7
    Path(ann_file).write_text(json.dumps(truth))
    metric = AITODMetric(ann_file)
    metric.dataset_meta = dict(classes=("cat",))
    metric.process({}, [sample(1, boxes=()), sample(2, boxes=()), sample(3)])  # label 0 is a cat
    reduced, labels = metric.ground_truth()
    assert labels == {"cat": 7}
    assert [ann["id"] for ann in reduced["annotations"]] == [3]
    assert metric.evaluate(3)["aitod/AP"] == pytest.approx(1)


def test_images_without_ground_truth_are_only_written(ann_file, tmp_path):
    with pytest.raises(InputError, match="needs out_file"):
        AITODMetric(ann_file, format_only=True)
    out = tmp_path / "dt.json"
    metric = metric_with(ann_file, [sample(i) for i in (1, 2, 3)], out_file=out, format_only=True)
    assert metric.evaluate(3) == {}
    assert [row["image_id"] for row in json.loads(out.read_text())] == [1, 2, 3]


def test_bfloat16_predictions_are_evaluated(ann_file):
    low = sample(1)
    low["pred_instances"].bboxes = low["pred_instances"].bboxes.bfloat16()
    metric = metric_with(ann_file, [low, sample(2), sample(3)], classwise=False)
    assert metric.evaluate(3)["aitod/AP"] == pytest.approx(1)


@pytest.mark.parametrize("max_dets", [(), (0, 100)])
def test_limits_are_checked_before_the_first_image(ann_file, max_dets):
    with pytest.raises(InputError, match="max_dets"):
        AITODMetric(ann_file, max_dets=max_dets)
