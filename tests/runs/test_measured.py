"""Numbers of a test, from mmengine's log."""

import json
from pathlib import Path

import pytest
from mmengine.config import Config

from tinydet.configuration import load_config
from tinydet.errors import InputError
from tinydet.runs.measured import last_log, last_validation, main_evaluator, measure


def logged(folder, **numbers):
    log = folder / "20260101_000000"
    log.mkdir(parents=True)
    (log / "20260101_000000.json").write_text(json.dumps(numbers))


@pytest.mark.parametrize(
    ("evaluator", "log", "numbers", "per_class", "conditions"),
    [
        (
            dict(type="tinydet.AITODMetric", max_dets=[100, 300, 1500]),
            {
                "aitod/AP": 0.25,
                "aitod/AP_50": 0.5,
                "aitod/AP_vt": -1.0,
                "aitod/oLRP": 0.8,
                "aitod/swimming-pool_AP": 0.3,
                "aitod/swimming-pool_AP_50": 0.6,
                "aitod/person_AP": -1.0,
            },
            dict(AP=25.0, AP50=50.0, APvt=-1.0, oLRP=80.0),
            {"swimming-pool": 30.0, "person": -1.0},
            ("AI-TOD", "crowd", "100/300/1500"),
        ),
        (
            dict(type="tinydet.AITODMetric", area_ranges=dict(s=(0, 99))),
            {"aitod/AP": 0.25, "aitod/AP_s": 0.1},
            dict(AP=25.0),
            {},
            ("AI-TOD", "crowd", "1/100/1500"),
        ),
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
def test_numbers_are_read_from_the_log(tmp_path, evaluator, log, numbers, per_class, conditions):
    logged(tmp_path, **log)
    measured = measure(Config(dict(test_evaluator=evaluator)), last_log(tmp_path))
    assert measured.numbers == pytest.approx(numbers)
    assert measured.per_class == per_class
    assert (
        tuple(measured.conditions[key] for key in ("protocol", "ignore", "max_dets")) == conditions
    )


def test_of_several_evaluators_the_first_known_one_counts(tmp_path):
    evaluators = [dict(type="DumpDetResults"), dict(type="VOCMetric"), dict(type="CocoMetric")]
    config = Config(dict(test_evaluator=evaluators))
    assert main_evaluator(config)[1].name == "Pascal VOC"


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
        measure(config, last_log(tmp_path))
    logged(tmp_path, time=1.0)
    with pytest.raises(InputError, match="has no coco/… number"):
        measure(config, last_log(tmp_path))


@pytest.fixture
def trained(tmp_path):
    """A training of three epochs that validated on what it is tested on."""
    evaluator = dict(type="CocoMetric", ann_file="val.json")
    loader = dict(batch_size=1)
    config = Config(
        dict(
            train_cfg=dict(max_epochs=3),
            val_dataloader=loader,
            test_dataloader=loader,
            val_evaluator=evaluator,
            test_evaluator=evaluator,
        )
    )

    def validate(*epochs, start="20260101_000000"):
        log = tmp_path / start / "vis_data" / f"{start}.json"
        log.parent.mkdir(parents=True)
        rows = [{"loss": 2.0, "step": 3}]
        rows += [{"coco/bbox_mAP": epoch / 10, "step": epoch} for epoch in epochs]
        log.write_text("".join(json.dumps(row) + "\n" for row in rows))

    config.folder, config.validate = tmp_path, validate
    return config


def test_the_last_validation_is_the_test_where_data_and_numbers_are_the_same(trained):
    trained.validate(1, 2, 3)
    assert measure(trained, last_validation(trained, trained.folder)).numbers == dict(AP=30.0)
    trained.test_evaluator = dict(type="CocoMetric", ann_file="test.json")
    assert last_validation(trained, trained.folder) is None


def test_without_a_validation_of_the_last_epoch_there_is_none(trained):
    assert last_validation(trained, trained.folder) is None
    trained.validate(1, 2)
    assert last_validation(trained, trained.folder) is None
    trained.validate(3, start="20260102_000000")
    assert last_validation(trained, trained.folder)["coco/bbox_mAP"] == 0.3


def test_coco_s_configs_count_100_detections_for_every_number():
    configs = Path(__file__).parents[2] / "configs"
    evaluator, protocol = main_evaluator(load_config(configs / "lrnet/lrnet_n_300e_coco.py"))
    assert protocol.max_dets == "100"
    assert evaluator["classwise"]
