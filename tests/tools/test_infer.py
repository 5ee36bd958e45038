"""Inference on a folder with broken images, and on images that are not plain 8-bit RGB."""

import csv
import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from tinydet.checkpoints import load_model
from tinydet.configuration import load_config
from tinydet.inference.predict import predict
from tinydet.inference.predict import test_pipeline as pipeline_of

CONFIG = "configs/lrnet/lrnet_n_14e_synthetic.py"


@pytest.fixture
def checkpoint(tmp_path, monkeypatch, request):
    """Random weights, with class scores raised so that there are detections."""
    monkeypatch.chdir(request.config.rootpath)
    from mmengine.registry import MODELS, init_default_scope

    config = load_config(CONFIG)
    init_default_scope("mmdet")
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    for layers in model.bbox_head.head_module.cls_preds:
        torch.nn.init.constant_(layers[-1].bias, -1.0)
    path = tmp_path / "x.pth"
    torch.save(dict(state_dict=model.state_dict()), path)  # without meta: the config's classes
    return path


def test_a_folder_with_broken_images(tool, checkpoint, tiny_data, capsys):
    folder = tiny_data / "train"
    out = folder / "out"  # inside the input: a second run must not read the pictures of the first
    (folder / "3.png").write_bytes(b"no image")
    whole = (folder / "4.png").read_bytes()
    (folder / "4.png").write_bytes(whole[: len(whole) // 2])
    (folder / "sub").mkdir()
    (folder / "sub" / "1.png").write_bytes((folder / "1.png").read_bytes())
    arguments = [CONFIG, str(checkpoint), str(folder), "--out", str(out), "--device", "cpu"]
    arguments += ["--score-thr", "0.1", "--format", "coco", "csv", "yolo", "--batch-size", "2"]
    for _ in range(2):
        assert tool("infer").main(arguments) == 1
        printed = capsys.readouterr()
        assert "2 of 5 images could not be read" in printed.err
        assert "3.png is not an image" in printed.err
        assert "4.png is truncated" in printed.err

    listed = json.loads((out / "images.json").read_text())
    names = [image["file_name"] for image in listed["images"]]
    assert names == ["1.png", "2.png", "sub/1.png"]
    assert listed["categories"][0]["name"] == "airplane"
    results = json.loads((out / "predictions.json").read_text())
    assert results, "the raised scores should give detections"
    assert all(row["score"] >= 0.1 for row in results)
    same = [[row["bbox"] for row in results if row["image_id"] == number] for number in (1, 3)]
    np.testing.assert_allclose(*same, atol=1e-3)  # one picture under two names, in two batches
    pictures = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))
    assert pictures == [f"pictures/{name}.png" for name in names]
    with (out / "predictions.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(results)
    assert (out / "labels" / "sub" / "1.txt").is_file()


def test_rotation_of_exif_is_followed(tool, checkpoint, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter
    Image.new("RGB", (96, 64)).save(tmp_path / "turned.jpg", exif=exif)
    arguments = [CONFIG, str(checkpoint), str(tmp_path / "turned.jpg"), "--out", str(tmp_path)]
    assert tool("infer").main([*arguments, "--device", "cpu", "--zoom", "1"]) == 0
    (listed,) = json.loads((tmp_path / "images.json").read_text())["images"]
    assert (listed["width"], listed["height"]) == (64, 96)
    with Image.open(tmp_path / "pictures" / "turned.jpg.png") as picture:
        assert picture.width == 64


def test_names_sort_as_people_count(tool, tiny_data, tmp_path):
    folder = tiny_data / "val"
    (folder / "10.png").write_bytes((folder / "1.png").read_bytes())
    for source in (str(folder), str(folder / "*.png")):
        root, images = tool("infer").find_images(source, tmp_path / "out")
        assert root == folder
        assert [image.name for image in images] == ["1.png", "2.png", "3.png", "4.png", "10.png"]


def test_a_stock_pipeline_loses_its_annotations_and_gets_our_loader():
    stock = Config(
        dict(
            test_dataloader=dict(
                dataset=dict(
                    pipeline=[
                        dict(type="LoadImageFromFile"),
                        dict(type="mmdet.Resize", scale=(64, 64), keep_ratio=True),
                        dict(type="mmdet.LoadAnnotations", with_bbox=True),
                        dict(type="mmdet.PackDetInputs"),
                    ]
                )
            )
        )
    )
    names = [type(step).__module__.split(".")[0] for step in pipeline_of(stock).transforms]
    assert names == ["tinydet", "mmdet", "mmdet"]


def test_ids_and_classes_are_those_of_a_file(tool, checkpoint, tiny_data, tmp_path, logged):
    path = tiny_data / "annotations" / "val.json"
    coco = json.loads(path.read_text())
    # Images are numbered backwards and lie elsewhere, categories are numbered anew and shuffled.
    for image in coco["images"]:
        image.update(id=10 - image["id"], file_name=f"images/{image['file_name']}")
    coco["images"].append(dict(id=77, file_name="images/of_others.png", width=64, height=64))
    coco["categories"] = [dict(item, id=100 - item["id"]) for item in coco["categories"][::-1]]
    del coco["annotations"]
    path.write_text(json.dumps(coco))
    arguments = [CONFIG, str(checkpoint), str(tiny_data / "val"), "--device", "cpu"]
    arguments += ["--score-thr", "0.1", "--no-pictures", "--out"]
    assert tool("infer").main([*arguments, str(tmp_path / "a")]) == 0
    chosen = ["--ids-from", str(path), "--classes", "ship", "airplane"]
    assert tool("infer").main([*arguments, str(tmp_path / "b"), *chosen]) == 0
    assert any("1 of 5 images of" in line for line in logged)
    counted, ours = (
        json.loads((tmp_path / name / "predictions.json").read_text()) for name in "ab"
    )
    kept = [row for row in counted if row["category_id"] in (1, 4)]  # airplane, ship
    assert kept, "the raised scores should give detections"
    assert ours == [
        dict(row, image_id=10 - row["image_id"], category_id=100 - row["category_id"])
        for row in kept
    ]
    listed = json.loads((tmp_path / "b" / "images.json").read_text())
    assert [(image["id"], image["file_name"]) for image in listed["images"]][0] == (9, "1.png")
    assert listed["categories"] == [dict(id=96, name="ship"), dict(id=99, name="airplane")]


def test_a_larger_batch_finds_the_same(checkpoint, tiny_data):
    config = load_config(CONFIG)
    model = load_model(config, checkpoint)
    paths = sorted((tiny_data / "val").iterdir())
    alone, together = (list(predict(model, config, paths, size)) for size in (1, 3))
    assert [path for path, _ in alone] == [path for path, _ in together] == paths
    for (_, one), (_, other) in zip(alone, together, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{out}/*.jpg"], "no image matches"),
        (["{data}/val", "--device", "gpu9"], "--device gpu9 cannot be used here"),
        (["{data}/val", "--classes", "shop"], "no 'shop' (did you mean 'ship'?); its classes are"),
        (["{data}/val", "--ids-from", "{data}/others.json"], "4 of 4 images are not in"),
        (["{data}/val", "--ids-from", "{data}/few.json"], "7 of the model's 8 classes are no cate"),
        (["{data}/val", "--ids-from", "{data}/no.json"], "no.json does not exist"),
    ],
)
def test_bad_arguments(tool, checkpoint, tiny_data, tmp_path, capsys, arguments, sentence):
    ship = [dict(id=1, name="ship")]
    images = [dict(id=number, file_name=f"{number}.png") for number in range(1, 5)]
    for name, listed in (("others", images[:0]), ("few", images)):
        text = json.dumps(dict(images=listed, annotations=[], categories=ship))
        (tiny_data / f"{name}.json").write_text(text)
    filled = [text.format(out=tmp_path, data=tiny_data) for text in arguments]
    assert tool("infer").main([CONFIG, str(checkpoint), *filled]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--batch-size", "--zoom"])
def test_zero_is_refused(tool, option):
    with pytest.raises(SystemExit):
        tool("infer").parse_args([CONFIG, "x.pth", "x.png", option, "0"])
