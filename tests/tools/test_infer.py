"""Inference on a folder with broken images, and on images that are not plain 8-bit RGB."""

import csv
import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from tinydet.configuration import load_config
from tinydet.inference.of_config import test_pipeline as pipeline_of


@pytest.fixture
def checkpoint(tmp_path, monkeypatch, request, small_config):
    """Random weights, with class scores raised so that there are detections."""
    monkeypatch.chdir(request.config.rootpath)
    from mmengine.registry import MODELS, init_default_scope

    config = load_config(small_config)
    init_default_scope("mmdet")
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    for layers in model.bbox_head.head_module.cls_preds:
        torch.nn.init.constant_(layers[-1].bias, -1.0)
    path = tmp_path / "x.pth"
    torch.save(dict(state_dict=model.state_dict()), path)  # without meta: the config's classes
    return path


def test_a_folder_with_broken_images(tool, checkpoint, tiny_data, capsys, small_config):
    folder = tiny_data / "train"
    out = folder / "out"  # inside the input: a second run must not read the pictures of the first
    (folder / "3.png").write_bytes(b"no image")
    whole = (folder / "4.png").read_bytes()
    (folder / "4.png").write_bytes(whole[: len(whole) // 2])
    (folder / "sub").mkdir()
    (folder / "sub" / "1.png").write_bytes((folder / "1.png").read_bytes())
    arguments = [small_config, str(checkpoint), str(folder), "--out", str(out), "--device", "cpu"]
    arguments += ["--score-thr", "0.1", "--format", "coco", "csv", "yolo", "--batch-size", "2"]
    for _ in range(2):
        assert tool("infer").main(arguments) == 1
        printed = capsys.readouterr()
        assert "2 of 5 images could not be read" in printed.err
        assert "3.png is not an image" in printed.err
        assert "4.png is truncated; correct the image" in printed.err
        assert "--skip-bad-images" not in printed.err, "an option of training"

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


def test_the_recipe_needs_a_picture_and_nothing_else(tool, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HITUAV_ROOT", raising=False)
    noise = np.random.default_rng(0).integers(0, 255, (256, 320, 3), np.uint8)
    Image.fromarray(noise).save("1.png")
    assert tool("infer").main(["recipe", "1.png", "--out", "found", "--device", "cpu"]) == 0
    listed = json.loads((tmp_path / "found/images.json").read_text())
    assert [kind["name"] for kind in listed["categories"]] == ["person", "car", "bicycle"]
    assert (tmp_path / "found/pictures/1.png.png").is_file()
    assert "in 1 images: found" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "score"),
    [
        (["recipe", "pics", "--out", "found"], 0.15),
        (["--out", "found", "recipe", "pics"], 0.15),
        (["--no-pictures", "recipe", "--out", "found", "pics"], 0.15),
        (["--score-thr", "0.4", "--out", "found", "recipe", "pics"], 0.4),
    ],
)
def test_the_recipe_is_the_first_word_that_is_no_option(tool, arguments, score):
    args = tool("infer").parse_args(arguments)
    assert (args.config.name, args.checkpoint) == ("tiny_drone.py", "tinydet://tiny_drone")
    assert (args.input, str(args.out), args.score_thr) == ("pics", "found", score)


def test_recipe_in_another_place_is_a_name_like_any(tool, capsys):
    args = tool("infer").parse_args(["--out", "recipe", "a.py", "recipe", "pics"])
    assert (str(args.config), args.checkpoint, args.input) == ("a.py", "recipe", "pics")
    assert (str(args.out), args.score_thr) == ("recipe", 0.3)
    for wrong in (["recipe"], ["recipe", "pics", "--batch-size"]):
        with pytest.raises(SystemExit):
            tool("infer").parse_args(wrong)
        assert "config checkpoint input" in capsys.readouterr().err


def test_pictures_that_the_network_sees_reduced_are_told_once(
    tool, checkpoint, tmp_path, capsys, small_config
):
    (tmp_path / "in").mkdir()
    for name in ("1.png", "2.png"):
        Image.new("RGB", (320, 200)).save(tmp_path / "in" / name)
    arguments = [small_config, str(checkpoint), str(tmp_path / "in"), "--device", "cpu"]
    arguments += ["--no-pictures", "--out"]
    assert tool("infer").main([*arguments, str(tmp_path / "a")]) == 0
    note = "pictures of 320 x 200 px are reduced 2.5 times for the network, which sees 128 x 128 px"
    printed = capsys.readouterr().out
    assert printed.count(note) == 1
    assert "look at tiles by --slice 128 " in printed
    assert tool("infer").main([*arguments, str(tmp_path / "b"), "--slice", "100"]) == 0
    assert "are reduced" not in capsys.readouterr().out


def test_rotation_of_exif_is_followed(tool, checkpoint, tmp_path, small_config):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter
    Image.new("RGB", (96, 64)).save(tmp_path / "turned.jpg", exif=exif)
    arguments = [
        small_config,
        str(checkpoint),
        str(tmp_path / "turned.jpg"),
        "--out",
        str(tmp_path),
    ]
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


def test_ids_and_classes_are_those_of_a_file(
    tool, checkpoint, tiny_data, tmp_path, logged, small_config
):
    path = tiny_data / "annotations" / "val.json"
    coco = json.loads(path.read_text())
    # Images are numbered backwards and lie elsewhere, categories are numbered anew and shuffled.
    for image in coco["images"]:
        image.update(id=10 - image["id"], file_name=f"images/{image['file_name']}")
    coco["images"].append(dict(id=77, file_name="images/of_others.png", width=64, height=64))
    coco["categories"] = [dict(item, id=100 - item["id"]) for item in coco["categories"][::-1]]
    del coco["annotations"]
    path.write_text(json.dumps(coco))
    arguments = [small_config, str(checkpoint), str(tiny_data / "val"), "--device", "cpu"]
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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{out}/*.jpg"], "no image matches"),
        (["{out}/nope.jpg"], "nope.jpg does not exist; give an image, a folder, a glob in quotes"),
        (["{data}/val", "--device", "gpu9"], "--device gpu9 cannot be used here"),
        (["{data}/val", "--classes", "shop"], "no 'shop' (did you mean 'ship'?); its classes are"),
        (["{data}/val", "--ids-from", "{data}/others.json"], "4 of 4 images are not in"),
        (["{data}/val", "--ids-from", "{data}/few.json"], "7 of the model's 8 classes are no cate"),
        (["{data}/val", "--ids-from", "{data}/no.json"], "no.json does not exist"),
    ],
)
def test_bad_arguments(
    tool, checkpoint, tiny_data, tmp_path, capsys, arguments, sentence, small_config
):
    ship = [dict(id=1, name="ship")]
    images = [dict(id=number, file_name=f"{number}.png") for number in range(1, 5)]
    for name, listed in (("others", images[:0]), ("few", images)):
        text = json.dumps(dict(images=listed, annotations=[], categories=ship))
        (tiny_data / f"{name}.json").write_text(text)
    filled = [text.format(out=tmp_path, data=tiny_data) for text in arguments]
    assert tool("infer").main([small_config, str(checkpoint), *filled]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--batch-size", "--zoom"])
def test_zero_is_refused(tool, option, small_config):
    with pytest.raises(SystemExit):
        tool("infer").parse_args([small_config, "x.pth", "x.png", option, "0"])


def test_a_large_georeferenced_picture(
    tool, checkpoint, small_config, tmp_path, monkeypatch, capsys
):
    rasterio = pytest.importorskip("rasterio")
    path = tmp_path / "scene.tif"
    options = dict(driver="GTiff", width=160, height=128, count=3, dtype="uint8")
    options |= dict(crs="EPSG:32617", transform=rasterio.Affine(0.1, 0, 4e5, 0, -0.1, 3e6))
    with rasterio.open(path, "w", photometric="RGB", **options) as file:
        file.write(np.random.default_rng(0).integers(0, 255, (3, 128, 160), np.uint8))
    monkeypatch.setattr("tinydet.inference.detector.LARGE", 100)
    monkeypatch.setattr("tinydet.inference.pictures.LARGE", 100)
    out = tmp_path / "out"
    arguments = [small_config, str(checkpoint), str(path), "--out", str(out), "--device", "cpu"]
    arguments += ["--slice", "64", "--score-thr", "0.1", "--format", "geojson", "gpkg", "csv"]
    assert tool("infer").main(arguments) == 0
    first = {file.name: file.read_bytes() for file in out.glob("predictions.[gc]*")}
    assert set(first) == {"predictions.geojson", "predictions.gpkg", "predictions.csv"}
    assert json.loads(first["predictions.geojson"])["features"]
    assert (out / "pictures" / "scene.tif.png").is_file()
    assert (out / "pictures" / "scene.tif_1.png").is_file()
    assert tool("infer").main([*arguments, "--resume"]) == 0
    assert (out / "predictions.geojson").read_bytes() == first["predictions.geojson"]
    assert tool("infer").main([*arguments, "--resume", "--slice", "96"]) == 1
    assert "other settings" in capsys.readouterr().err


def test_a_picture_without_a_place_is_refused_before_it_is_looked_at(
    tool, checkpoint, small_config, tiny_data, tmp_path, capsys
):
    pytest.importorskip("rasterio")
    arguments = [small_config, str(checkpoint), str(tiny_data / "val"), "--format", "geojson"]
    assert tool("infer").main([*arguments, "--out", str(tmp_path / "out")]) == 1
    assert "1.png is not georeferenced" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_video(tool, checkpoint, small_config, tmp_path, capsys):
    cv2 = pytest.importorskip("cv2")
    source = tmp_path / "flight.mp4"
    writer = cv2.VideoWriter(str(source), cv2.VideoWriter_fourcc(*"mp4v"), 10, (640, 480))
    for level in (40, 120, 200):
        writer.write(np.full((480, 640, 3), level, np.uint8))
    writer.release()
    out = tmp_path / "out"
    arguments = [small_config, str(checkpoint), str(source), "--out", str(out), "--device", "cpu"]
    assert tool("infer").main([*arguments, "--score-thr", "0.05", "--batch-size", "2"]) == 0
    with (out / "flight.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["frame"] for row in rows} == {"0", "1", "2"}
    assert rows[-1]["seconds"] == "0.200"
    assert capsys.readouterr().out.count("pictures of 640 x 480 px are reduced") == 1
    written = cv2.VideoCapture(str(out / "flight.mp4"))
    assert [written.read()[0] for _ in range(4)] == [True, True, True, False]
    for bad, sentence in (("none.mp4", "does not exist"), ("bad.mp4", "cannot be opened")):
        (tmp_path / "bad.mp4").write_bytes(b"no video")
        assert tool("infer").main([small_config, str(checkpoint), str(tmp_path / bad)]) == 1
        assert sentence in capsys.readouterr().err
