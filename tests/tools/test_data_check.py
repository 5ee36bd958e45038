"""The command says what the data are like and what stops training."""

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def check(tool):
    return tool("data/check")


@pytest.fixture
def data(tmp_path):
    """Return a writer of a data set: one image of 40 x 30 px, one box per argument."""
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((30, 40, 3), np.uint8))

    def write(*boxes, category="car"):
        coco = dict(
            images=[dict(id=1, file_name="1.png", width=40, height=30)],
            categories=[dict(id=1, name=category)],
            annotations=[
                dict(id=n, image_id=1, category_id=1, bbox=box, area=box[2] * box[3])
                for n, box in enumerate(boxes, 1)
            ],
        )
        path = tmp_path / "ann.json"
        path.write_text(json.dumps(coco))
        return [str(path), str(tmp_path)]

    return write


def test_sound_data_are_described(check, data, capsys):
    assert check.main(data([1, 1, 6, 6], [10, 10, 10, 10])) == 0
    assert capsys.readouterr().out == (
        "1 images, 2 boxes\n"
        "objects per image: mean 2.0, median 2, at most 2, none in 0 images\n"
        "sqrt(w*h): mean 8.00 px, standard deviation 2.00, smallest 6.00, largest 10.00\n"
        "constant='auto' (NWD, DotD): 8.0 px\n"
        "AI-TOD's size ranges\n"
        "  very tiny               1   50.0%\n"
        "  tiny                    1   50.0%\n"
        "  small                   0    0.0%\n"
        "  medium                  0    0.0%\n"
        "classes\n"
        "  car                     2  100.0%\n"
        "no problem that stops training or validation\n"
    )


def test_boxes_that_training_drops_are_a_warning(check, data, capsys):
    assert check.main(data([1, 1, 6, 6], [1, 1, 0, 2])) == 0
    assert "warning: 1 boxes of zero area dropped (annotation ids 2)" in capsys.readouterr().out


def test_ignored_boxes_are_counted_apart(check, data, capsys):
    annotations, folder = data([1, 1, 6, 6], [1, 1, 9, 9])
    coco = json.loads(Path(annotations).read_text())
    for count, code in ((1, 0), (2, 1)):
        coco["annotations"][-count]["ignore"] = 1
        Path(annotations).write_text(json.dumps(coco))
        assert check.main([annotations, folder]) == code
        out = capsys.readouterr().out
        assert out.startswith(f"1 images, {2 - count} boxes")
        assert (
            f"warning: {count} boxes with ignore=1 left out, as in training; as a validation set: "
            "tinydet.AITODMetric counts them as objects, tinydet.VisDroneMetric does not\n" in out
        )


@pytest.mark.parametrize(
    ("key", "value"), [("area", None), ("area", math.nan), ("bbox", None), ("bbox", ["1"] * 4)]
)
def test_no_problem_is_said_only_where_a_validation_runs_too(check, data, capsys, key, value):
    arguments = data([1, 1, 6, 6], [1, 1, 9, 9])
    coco = json.loads(Path(arguments[0]).read_text())
    coco["annotations"][1][key] = value
    Path(arguments[0]).write_text(json.dumps(coco))
    assert check.main(arguments) == 1
    out = capsys.readouterr().out
    assert f"error: {arguments[0]}: '{key}' of 1 annotations is not" in out
    assert out.endswith("training would run, a validation on this file would stop\n")
    assert check.main([*arguments, "--training-only"]) == 0
    assert capsys.readouterr().out.endswith("no problem that stops training\n")


def test_a_part_of_the_classes_is_described_alone(check, data, capsys):
    arguments = data([1, 1, 6, 6], [1, 1, 9, 9])
    coco = json.loads(Path(arguments[0]).read_text())
    coco["categories"].append(dict(id=2, name="person"))
    coco["annotations"][1]["category_id"] = 2
    Path(arguments[0]).write_text(json.dumps(coco))
    assert check.main([*arguments, "--classes", "person"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 images, 1 boxes")
    assert "classes\n  person                  1  100.0%\n" in out
    assert "1 of 2 categories are no class of the config and left out: car (1 boxes)" in out


def test_a_narrow_range_of_16_bits_is_a_warning(check, data, tmp_path, capsys):
    arguments = data([1, 1, 6, 6])
    values = np.linspace(7000, 8000, 1200).astype(np.uint16).reshape(30, 40)
    cv2.imwrite(str(tmp_path / "1.png"), values)
    assert check.main(arguments) == 0
    assert "warning: 16-bit images use values of about 7" in capsys.readouterr().out


def test_no_box_left_stops_training(check, data, capsys):
    assert check.main(data([1, 1, 0, 2])) == 1
    assert capsys.readouterr().out.endswith("training would stop\n")


def test_a_damaged_image_stops_training_and_decoding_is_what_finds_it(
    check, data, tmp_path, capsys
):
    arguments = data([1, 1, 6, 6])
    (tmp_path / "1.png").write_text("no image")
    assert check.main([*arguments, "--no-decode"]) == 0
    assert check.main(arguments) == 1
    assert "1.png is not an image that can be decoded" in capsys.readouterr().out
    (tmp_path / "1.png").unlink()
    assert check.main([*arguments, "--no-decode"]) == 1


def test_foreign_classes_are_one_sentence(check, data, capsys):
    assert check.main([*data([1, 1, 6, 6]), "--dataset", "HITUAVDataset"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: categories of ")
    assert "only in the file: none; only in the config: person, bicycle" in error
    assert error.count("\n") == 1


CONFIG = """
_base_ = "{root}/configs/faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"
train_dataloader = dict(batch_size={batch}, drop_last=True, batch_sampler=None)
val_dataloader = dict(batch_size=2)
"""


@pytest.mark.parametrize("fault", ["none", "batch", "rest", "image"])
def test_a_config_up_to_its_first_step(
    check, tiny_data, tmp_path, capsys, monkeypatch, request, fault
):
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))
    path = tmp_path / "mine.py"
    batch = 5 if fault == "batch" else 2
    path.write_text(CONFIG.format(root=request.config.rootpath, batch=batch))
    if fault == "rest":
        path.write_text(path.read_text() + "val_dataloader.update(batch_size=3, drop_last=True)")
    if fault == "image":
        (tiny_data / "val" / "3.png").write_bytes(b"no image")
    assert check.main(["--config", str(path)]) == (fault != "none")
    printed = capsys.readouterr()
    said = {
        "none": "training on 4 images: 2 batches of 2, the first of 256 x 256 px\n"
        "validation on 4 images: 2 batches of 2, the first of 256 x 256 px\n"
        "no problem that stops training\n",
        "batch": "train_dataloader: 4 images are fewer than one batch (batch_size=5,",
        "rest": "val_dataloader: drop_last=True would exclude 1 of 4 images from the evaluation",
        "image": "1 images cannot be used: ",
    }
    assert said[fault] in (printed.err if fault != "none" else printed.out)


def test_a_file_or_a_config_is_named(check, capsys):
    for arguments in ([], ["a.json"], ["a.json", "b", "--config", "c.py"]):
        with pytest.raises(SystemExit):
            check.main(arguments)
        assert "or --config alone" in capsys.readouterr().err
