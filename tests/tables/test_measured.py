"""Numbers of a test: AI-TOD's from its detections, the others from mmengine's log."""

import gzip
import json
from pathlib import Path

import pytest
from mmengine.config import Config

from tinydet.configuration import load_config
from tinydet.errors import InputError
from tinydet.tables.measured import main_evaluator, measure, writes_detections

FILE = Path(__file__).parents[1] / "data" / "aitod_cases.json.gz"


def test_aitod_is_measured_from_the_detections_class_by_class(tmp_path):
    cases = json.loads(gzip.decompress(FILE.read_bytes()))["cases"]
    case = next(case for case in cases if case["name"] == "random_mmdet_maxdets")
    (tmp_path / "gt.json").write_text(json.dumps(case["gt"]))
    (tmp_path / "dt.json").write_text(json.dumps(case["dt"]))
    evaluator = dict(
        type="tinydet.AITODMetric", ann_file=str(tmp_path / "gt.json"), max_dets=[100, 300, 1500]
    )
    config = Config(dict(test_evaluator=evaluator))
    assert writes_detections(config)
    measured = measure(config, tmp_path, tmp_path / "dt.json")
    for ours, official in (("AP", "AP"), ("AP50", "AP_50"), ("APvt", "AP_vt"), ("oLRP", "oLRP")):
        expected = case["expected"][official]
        assert measured.numbers[ours] == pytest.approx(100 * expected if expected != -1 else -1)
    assert measured.per_class.keys() == {row["name"] for row in case["gt"]["categories"]}
    mean = [value for value in measured.per_class.values() if value != -1]
    assert sum(mean) / len(mean) == pytest.approx(measured.numbers["AP"])
    assert measured.conditions == dict(protocol="AI-TOD", ignore="crowd", max_dets="100/300/1500")


def logged(folder, **numbers):
    log = folder / "20260101_000000"
    log.mkdir(parents=True)
    (log / "20260101_000000.json").write_text(json.dumps(numbers))


@pytest.mark.parametrize(
    ("evaluator", "log", "numbers", "per_class", "conditions"),
    [
        (
            dict(type="CocoMetric"),
            {"coco/bbox_mAP": 0.25, "coco/bbox_mAP_l": -1.0, "coco/ship_precision": 0.5, "time": 1},
            dict(AP=25.0, APl=-1.0),
            dict(ship=50.0),
            ("COCO", "crowd", "100 for AP, 1000 for the rest"),
        ),
        (
            dict(type="CocoMetric", proposal_nums=(1, 10, 100)),
            {"coco/bbox_mAP": 0.25, "coco/traffic light_precision": float("nan")},
            dict(AP=25.0),
            {"traffic light": -1.0},
            ("COCO", "crowd", "100"),
        ),
        (
            dict(type="mmdet.VOCMetric"),
            {"pascal_voc/AP50": 0.7, "pascal_voc/mAP": 0.7},
            dict(AP50=70.0),
            {},
            ("Pascal VOC", "difficult", ""),
        ),
        (
            dict(type="tinydet.VisDroneMetric"),
            {"visdrone/AP": 0.1, "visdrone/AP_50": 0.2, "visdrone/AR_10": 0.3},
            dict(AP=10.0, AP50=20.0),
            {},
            ("VisDrone", "regions and score 0", "1/10/100/500"),
        ),
        (
            dict(type="tinydet.VisDroneMetric", protocol="coco", ignore_rule="crowd", max_dets=500),
            {"visdrone/AP": 0.9, "visdrone_coco/AP": 0.1, "visdrone_coco/AP_s": 0.05},
            dict(AP=10.0, APs=5.0),
            {},
            ("COCO on VisDrone", "crowd", "500"),
        ),
    ],
)
def test_other_evaluators_are_read_from_the_log(
    tmp_path, evaluator, log, numbers, per_class, conditions
):
    logged(tmp_path, **log)
    measured = measure(Config(dict(test_evaluator=evaluator)), tmp_path, tmp_path / "none")
    assert measured.numbers == pytest.approx(numbers)
    assert measured.per_class == per_class
    assert (
        tuple(measured.conditions[key] for key in ("protocol", "ignore", "max_dets")) == conditions
    )


def test_of_several_evaluators_the_first_known_one_counts(tmp_path):
    evaluators = [dict(type="DumpDetResults"), dict(type="VOCMetric"), dict(type="CocoMetric")]
    config = Config(dict(test_evaluator=evaluators))
    assert main_evaluator(config)[1].name == "Pascal VOC"
    assert not writes_detections(config)


def test_an_evaluator_that_cannot_be_read_is_refused():
    with pytest.raises(
        InputError, match=r"test_evaluator is \['DumpDetResults'\]; numbers are read"
    ):
        main_evaluator(Config(dict(test_evaluator=dict(type="DumpDetResults"))))
    with pytest.raises(InputError, match=r"test_evaluator is \[\]"):
        main_evaluator(Config(dict()))


def test_a_log_without_numbers_is_refused(tmp_path):
    config = Config(dict(test_evaluator=dict(type="CocoMetric")))
    with pytest.raises(InputError, match="has no log of a finished test"):
        measure(config, tmp_path, tmp_path)
    logged(tmp_path, time=1.0)
    with pytest.raises(InputError, match="has no coco/… number"):
        measure(config, tmp_path, tmp_path)


def test_coco_s_configs_count_100_detections_for_every_number():
    configs = Path(__file__).parents[2] / "configs"
    evaluator, protocol = main_evaluator(load_config(configs / "lrnet/lrnet_n_coco.py"))
    assert protocol.max_dets == "100"
    assert evaluator["classwise"]
