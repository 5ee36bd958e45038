"""The command says what the data are like and what stops training."""

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def check(tool):
    return tool("data/check")


@pytest.fixture
def data(tmp_path):
    """Return a writer of a data set: one image of 40 x 30 px, one box per argument."""
    noise = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "1.png"), noise)

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


def test_each_finding_is_named_and_stops_a_strict_run(check, data, tmp_path, capsys):
    arguments = data([1, 1, 6, 6], [1, 1, 6, 6.1], [20, 10, 1, 5], [30, 20, 20, 5])
    pixels = cv2.imread(str(tmp_path / "1.png"))
    pixels[5:20, 12:30] = 9
    cv2.imwrite(str(tmp_path / "1.png"), pixels)
    assert check.main(arguments) == 0
    out = capsys.readouterr().out
    for finding in (
        "1 boxes clipped to their image (annotation ids 4)",
        "1 boxes labeled twice (annotation ids 2)",
        "1 boxes less than 2 px wide or high (annotation ids 3)",
        "1 boxes on pixels of one color (annotation ids 3)",
    ):
        assert f"warning: {finding}\n" in out
    assert check.main([*arguments, "--strict"]) == 1
    assert "error: --strict stops at the warnings above" in capsys.readouterr().out
    assert check.main([*data([1, 1, 6, 6]), "--strict"]) == 0


def test_what_can_be_mended_is_and_the_rest_is_listed(check, data, tmp_path, capsys):
    arguments = data([1, 1, 6, 6], [1, 1, 6, 6], [30, 20, 20, 5], [20, 10, 1, 5])
    coco = json.loads(Path(arguments[0]).read_text())
    coco["annotations"][0]["id"] = 2
    Path(arguments[0]).write_text(json.dumps(coco))
    assert check.main(arguments) == 1
    assert "1 ids of annotations occur more than once (2)" in capsys.readouterr().err
    fixed = tmp_path / "fixed.json"
    assert check.main([*arguments, "--fix", str(fixed)]) == 0
    out = capsys.readouterr().out
    for done in (
        "read: 4 annotations in files numbered anew: of the annotations of ",
        "mended: 1 boxes clipped to their picture",
        "mended: 1 boxes taken out that repeat a box of their class",
    ):
        assert done in out
    assert f"written: {tmp_path}/fixed.csv: 1 findings that no rule mends, a row each" in out
    assert (tmp_path / "fixed.csv").read_text().splitlines() == [
        "finding,picture,annotation,x,y,width,height",
        "less than 2 px wide or high,1.png,4,20,10,1,5",
    ]
    assert check.main([*arguments, "--fix", arguments[0]]) == 1
    assert "is the file that is read; name another" in capsys.readouterr().err


def test_odd_pictures_are_named(check, data, tmp_path, capsys):
    arguments = data([1, 1, 6, 6])
    coco = json.loads(Path(arguments[0]).read_text())
    noise = np.random.default_rng(1).integers(0, 255, (30, 40, 4), np.uint8)
    for number, (mode, orientation) in enumerate([("RGBA", 1), ("L", 9), ("L", 1), ("I;16", 1)], 2):
        values = noise if mode == "RGBA" else noise[..., 0]
        picture = Image.fromarray(values.astype(np.uint16) * 257 if mode == "I;16" else values)
        exif = picture.getexif()
        exif[0x0112] = orientation
        picture.save(tmp_path / f"{number}.png", exif=exif)
        coco["images"].append(dict(id=number, file_name=f"{number}.png", width=40, height=30))
    (tmp_path / "6.png").write_bytes((tmp_path / "3.png").read_bytes())
    Path(arguments[0]).write_text(json.dumps(coco))
    assert check.main(arguments) == 0
    out = capsys.readouterr().out
    for sentence in (
        "note: 4 pictures without a box are background: 2.png, 3.png, 4.png, …",
        f"note: 1 pictures of {tmp_path} that the file does not name: 6.png",
        "warning: 1 pictures that repeat another: 3.png = 4.png",
        "warning: 1 pictures of four channels kept, of which training reads three: ",
        "2.png has the channels R, G, B, A",
        "3.png has orientation 9, and EXIF knows 1 to 8",
        "5.png has more than 8 bits",
    ):
        assert sentence in out


def test_leaking_pictures_are_named_and_taken_out(check, data, tmp_path, capsys):
    arguments = data([1, 1, 6, 6])
    other = tmp_path / "val"
    other.mkdir()
    coco = json.loads(Path(arguments[0]).read_text())
    coco["categories"].append(dict(id=2, name="bus"))
    coco["annotations"].append({**coco["annotations"][0], "id": 9, "category_id": 2})
    Path(arguments[0]).write_text(json.dumps(coco))
    arguments += ["--classes", "car"]
    (other / "1.png").write_bytes((tmp_path / "1.png").read_bytes())
    (other / "2.png").write_text("no image")
    coco["images"].append(dict(id=2, file_name="2.png", width=40, height=30))
    (other / "val.json").write_text(json.dumps(coco))
    against = ["--against", str(other / "val.json"), str(other)]
    assert check.main([*arguments, *against, "--leak-free", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "warning: 1 pictures of ann.json show what val.json shows: 1.png and 1.png (100%)" in out
    assert "warning: 1 pictures of val.json not compared: " in out
    assert json.loads((tmp_path / "out" / "ann.json").read_text())["images"] == []
    assert json.loads((tmp_path / "out" / "val.json").read_text())["images"] == coco["images"]
    assert check.main([*arguments, *against, "--strict"]) == 1
    noise = np.random.default_rng(5).integers(0, 255, (30, 40, 3), np.uint8)
    cv2.imwrite(str(other / "1.png"), noise)
    capsys.readouterr()
    assert check.main([*arguments, *against]) == 0
    out = capsys.readouterr().out
    assert "note: no picture shows what another of these files shows: ann.json, val.json" in out
    (other / "1.png").write_bytes((tmp_path / "1.png").read_bytes())
    kept = ["--leak-free", str(tmp_path / "last"), "--drop-from", "last"]
    assert check.main([*arguments, *against, *kept]) == 0
    written = json.loads((tmp_path / "last" / "ann.json").read_text())
    assert written == json.loads(Path(arguments[0]).read_text())  # with boxes of all classes
    (other / "ann.json").write_text(json.dumps(coco))
    same = ["--against", str(other / "ann.json"), str(other), "--leak-free", str(tmp_path / "out")]
    assert check.main([*arguments, *same]) == 1
    assert "2 of the files are called ann.json" in capsys.readouterr().err


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
