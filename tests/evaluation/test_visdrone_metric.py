"""The metric and its JSON: the official numbers again, files, several processes, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import METRICS
from mmengine.structures import InstanceData
from official_cases import VISDRONE

from tinydet.errors import InputError
from tinydet.evaluation import VisDroneMetric
from tinydet.evaluation.ground_truth import read_ground_truth
from tinydet.evaluation.visdrone import evaluate
from tinydet.evaluation.visdrone.coco_json import from_coco, to_coco
from tinydet.evaluation.visdrone.rows import CLASSES, boxes_of, parse_rows

BOX = [10.0, 10.0, 20.0, 20.0]  # x1, y1, x2, y2


def sample(image_id, boxes=(BOX,), labels=(3,), scores=(0.9,)):
    found = InstanceData(
        bboxes=torch.tensor(boxes, dtype=torch.float64).reshape(-1, 4),
        scores=torch.tensor(scores, dtype=torch.float64),
        labels=torch.tensor(labels, dtype=torch.int64),
    )
    return dict(img_id=image_id, pred_instances=found)


def nothing(image_id):
    return sample(image_id, (), (), ())


def metric_with(ann_file, samples, **options):
    metric = METRICS.build(dict(type="tinydet.VisDroneMetric", ann_file=ann_file, **options))
    metric.dataset_meta = dict(classes=CLASSES)
    metric.process({}, samples)
    return metric


@pytest.fixture
def ann_file(tmp_path):
    """Two images with a car each; the first has an ignored region too."""
    truth = {
        "a": boxes_of([[10, 10, 10, 10, 1, 4], [41, 41, 20, 20, 0, 0]]),
        "b": boxes_of([[10, 10, 10, 10, 1, 4], [50, 50, 5, 5, 0, 11]]),
    }
    return write(tmp_path, to_coco(truth, dict(a=(90, 99), b=(90, 99)), dict(a="a.jpg", b="b.jpg")))


def write(folder, coco):
    path = folder / "gt.json"
    path.write_text(json.dumps(coco))
    return str(path)


def test_the_metric_gives_the_toolkits_numbers(tmp_path):
    case = next(iter(VISDRONE.values()))  # its files are sorted
    names = [f"{number:07}" for number in range(len(case["gt"]))]
    truth = {key: parse_rows(t, key, True) for key, t in zip(names, case["gt"], strict=True)}
    sizes = dict(zip(names, case["sizes_hw"], strict=True))
    coco = to_coco(truth, sizes, {key: f"{key}.jpg" for key in names})
    samples = []
    for image_id, text in enumerate(case["dt"], start=1):
        found = parse_rows(text)
        assert (np.diff(found.scores) <= 0).all()
        # Its 'others' are an eleventh label, which takes places of the 500 and nothing else.
        samples.append(sample(image_id, found.xyxy, found.class_ids - 1, found.scores))
    folder = tmp_path / "out"
    metric = metric_with(write(tmp_path, coco), samples, out_dir=str(folder))
    numbers = metric.evaluate(len(samples))
    assert [*numbers] == [f"visdrone/{name}" for name in metric.names(CLASSES)]
    of_classes = {name: numbers.pop(name) for name in [*numbers][-2 * len(CLASSES) :]}
    assert sum(value not in (-1, 0) for value in of_classes.values()) > len(CLASSES)
    from_files = evaluate(truth, folder, sizes)
    assert numbers == {f"visdrone/{key}": value for key, value in from_files.items()}
    # Not exactly: one overlap is 3/4 but for its last bit, which (x + w) - x is enough to change.
    expected = {f"visdrone/{key}": value / 100 for key, value in case["expected"].items()}
    assert numbers == pytest.approx(expected, abs=1e-4, rel=0)


def test_json_and_rows_are_the_same_for_the_evaluation(ann_file):
    coco = read_ground_truth(ann_file)
    truth, sizes = from_coco(coco, ann_file)
    assert sizes == dict(a=(90, 99), b=(90, 99))
    assert truth["a"].class_ids.tolist() == [0, 4]
    assert truth["a"].xywh.tolist() == [[41, 41, 20, 20], [10, 10, 10, 10]]
    assert truth["b"].class_ids.tolist() == [4]  # 'others' are left out
    assert coco["images"][0]["ignored_regions"] == [[41, 41, 20, 20]]
    assert [ann["area"] for ann in coco["annotations"]] == [100, 100]


def test_an_object_of_score_0_is_ignored_through_the_json(tmp_path):
    truth = {"a": boxes_of([[10, 10, 10, 10, 0, 4]])}
    coco = to_coco(truth, dict(a=(90, 99)), dict(a="a.jpg"))
    assert coco["annotations"][0]["ignore"] == 1
    assert from_coco(coco, "it")[0]["a"].scores.tolist() == [0]


def test_labels_reach_their_category(ann_file):
    assert metric_with(ann_file, [sample(1), sample(2)]).evaluate(2)["visdrone/AP"] == 1
    vans = [sample(i, labels=(4,)) for i in (1, 2)]
    assert metric_with(ann_file, vans).evaluate(2)["visdrone/AP"] == 0


def test_rows_are_taken_in_descending_score(ann_file):
    far = [70.0, 70.0, 80.0, 80.0]
    found = [sample(i, [far, BOX], (3, 3), (0.1, 0.9)) for i in (1, 2)]
    assert metric_with(ann_file, found).evaluate(2)["visdrone/AR_1"] == 1


def test_what_lies_in_the_region_of_the_json_is_dropped(ann_file):
    inside = [45.0, 45.0, 55.0, 55.0]
    found = [sample(1, [inside, BOX], (3, 3), (0.95, 0.9)), sample(2)]
    assert metric_with(ann_file, found).evaluate(2)["visdrone/AP"] == 1
    dropped = dict(protocol="coco", max_dets=100)
    crowd = metric_with(ann_file, found, ignore_rule="crowd", **dropped).evaluate(2)
    assert crowd["visdrone_coco/AP"] == pytest.approx(1)
    out = metric_with(ann_file, found, ignore_rule="drop", **dropped).evaluate(2)
    # Wrong, right, right of two cars: precision 2/3 at every recall point.
    assert out["visdrone_coco/AP"] == pytest.approx(2 / 3)
    assert out["visdrone_coco/AP_l"] == -1


def test_images_that_a_sampler_repeats_count_once(ann_file):
    metric = metric_with(ann_file, [sample(2), sample(1), sample(2)])
    single = metric_with(ann_file, [sample(1), sample(2)])
    assert metric.compute_metrics(metric.results) == single.compute_metrics(single.results)


def test_numbers_that_are_none_are_left_out(ann_file):
    found = [sample(1, [BOX, [np.nan, 0, 1, 1]], (3, 3), (0.9, 0.95)), sample(2)]
    assert metric_with(ann_file, found).evaluate(2)["visdrone/AP"] == 1


def test_a_part_of_the_classes_is_refused_before_the_first_step(ann_file):
    metric = METRICS.build(dict(type="tinydet.VisDroneMetric", ann_file=ann_file))
    with pytest.raises(
        InputError, match="evaluates the ten classes .* the config's are car; tinyd"
    ):
        metric.dataset_meta = dict(classes=("car",))


def test_a_file_without_regions_is_told_before_the_first_step(ann_file, tmp_path):
    coco = json.loads(Path(ann_file).read_text())
    del coco["images"][0]["ignored_regions"]
    metric = METRICS.build(dict(type="tinydet.VisDroneMetric", ann_file=write(tmp_path, coco)))
    with pytest.raises(InputError, match="1 images have no list 'ignored_regions'"):
        metric.dataset_meta = dict(classes=CLASSES)


def test_images_without_ground_truth_are_only_written(tmp_path):
    categories = [dict(id=i, name=name) for i, name in enumerate(CLASSES, 1)]
    images = [dict(id=7, file_name="x/c.jpg"), dict(id=9, file_name="d.jpg")]
    coco = dict(images=images, annotations=[], categories=categories)
    out = tmp_path / "out"
    metric = metric_with(
        write(tmp_path, coco), [sample(9), nothing(7)], out_dir=str(out), format_only=True
    )
    assert metric.evaluate(2) == {}
    assert (out / "d.txt").read_text() == "10.0,10.0,10.0,10.0,0.9,4,-1,-1\n"
    assert (out / "c.txt").read_text() == ""


def test_bfloat16_predictions_are_evaluated(ann_file):
    low = sample(1)
    low["pred_instances"].bboxes = low["pred_instances"].bboxes.bfloat16()
    assert metric_with(ann_file, [low, sample(2)], classwise=False).evaluate(2)["visdrone/AP"] == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (dict(protocol="voc"), r"'voc' is none of \['visdrone', 'coco'\]"),
        (dict(max_dets=100), "official protocol fixes .*max_dets=100"),
        (dict(ignore_rule="drop"), "official protocol fixes ignore_rule='drop'"),
        (dict(protocol="coco", max_dets=100), "ignore_rule is None"),
        (dict(protocol="coco", ignore_rule="drop"), "max_dets is None"),
        (dict(format_only=True), "needs out_dir"),
    ],
)
def test_arguments_are_checked_before_the_first_image(options, sentence):
    with pytest.raises(InputError, match=sentence):
        VisDroneMetric("gt.json", **options)


def test_images_that_do_not_belong_are_told(ann_file):
    with pytest.raises(InputError, match=r"1 images of .* have no result \(image ids 2\)"):
        metric_with(ann_file, [sample(1)]).evaluate(1)
    with pytest.raises(InputError, match=r"are not in it \(image ids 9\)"):
        metric_with(ann_file, [sample(1), sample(2), sample(9)]).evaluate(3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda coco: coco["images"][0].pop("ignored_regions"), "convert.py --from visdrone"),
        (lambda coco: coco["images"][0].pop("height"), r"no 'width' and 'height' \(a.jpg\)"),
        (lambda coco: coco["images"][1].update(file_name="x/a.png"), r"more than once.*\(a\)"),
        (lambda coco: coco["categories"].reverse(), "another order"),
        (lambda coco: coco["categories"][0].update(name="person"), "only in the file: person"),
    ],
)
def test_files_that_cannot_be_evaluated(ann_file, tmp_path, change, sentence):
    coco = json.loads(Path(ann_file).read_text())
    change(coco)
    with pytest.raises(InputError, match=sentence):
        metric_with(write(tmp_path, coco), [sample(1), sample(2)]).evaluate(2)


def test_a_low_limit_is_warned_about(ann_file, capsys):
    from mmengine.logging import MMLogger

    MMLogger.get_instance("visdrone_test", logger_name="visdrone_test")
    metric_with(ann_file, [sample(1), sample(2)], max_per_img=0).evaluate(2)
    printed = capsys.readouterr()
    assert "max_per_img=0 is below the 1 objects" in printed.out + printed.err
    assert "toolkit 1.0.4" in printed.out + printed.err
