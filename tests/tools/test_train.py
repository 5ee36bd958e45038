"""Training and testing through the tools, and the mistakes that people make with them."""

import json
import math
import re

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from toys import QUICK

from tinydet.datasets import SyntheticAerialDataset
from tinydet.errors import InputError


@pytest.fixture
def train(tool, tiny_data, small_config, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))
    work = tiny_data.parent / "work"

    def run(*extra, config=small_config):
        arguments = [config, "--work-dir", str(work), *extra, "--cfg-options", *QUICK]
        return tool("train").main(arguments)

    run.work = work
    return run


def edit(tiny_data, change, split="train"):
    path = tiny_data / "annotations" / f"{split}.json"
    coco = json.loads(path.read_text())
    change(coco)
    path.write_text(json.dumps(coco))


def test_skip_bad_images_of_a_stock_data_set(train, tool, small_config, tmp_path, capsys):
    config = tmp_path / "stock.py"
    config.write_text(
        f'_base_ = "{small_config}"\ninner = dict(type="mmdet.CocoDataset", ann_file="a.json")\n'
        "train_dataloader = dict(dataset=dict(_delete_=True, type='RepeatDataset', times=2, "
        "dataset=inner))\n"
    )
    arguments = [str(config), "--skip-bad-images", "--work-dir", str(tmp_path)]
    assert tool("train").main(arguments) == 1
    sentence = capsys.readouterr().err
    assert "CocoDataset at train_dataloader.dataset.dataset cannot skip images" in sentence
    assert "use tinydet.TinyCocoDataset" in sentence


def test_train_resume_and_test(train, tool, tiny_data, small_config, capsys):
    assert train("--resume") == 1
    assert "there is no checkpoint" in capsys.readouterr().err
    assert train() == 0
    assert "last_checkpoint" not in "".join(capsys.readouterr())  # nobody asked to resume
    checkpoint = train.work / "epoch_1.pth"
    assert checkpoint.is_file()
    assert train("--resume") == 0  # finished already: nothing more to do

    out = tiny_data.parent / "detections.json"
    pictures = tiny_data.parent / "pictures"
    arguments = [small_config, str(checkpoint), "--work-dir", str(train.work), "--out", str(out)]
    arguments += ["--show-dir", str(pictures), "--cfg-options", *QUICK]
    capsys.readouterr()
    assert tool("test").main(arguments) == 0
    printed = capsys.readouterr()
    assert "maxDets (1, 100, 1500)" in printed.out + printed.err
    assert {row["image_id"] for row in json.loads(out.read_text())} <= {1, 2, 3, 4}
    assert len(list(pictures.glob("*.png"))) == 4

    other = ["configs/yolov8/yolov8_n_14e_synthetic.py", *arguments[1:]]
    assert tool("test").main(other) == 1
    sentence = capsys.readouterr().err
    assert re.search(r"epoch_1.pth is of another architecture .*: \d+ of \d+ keys are", sentence)

    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    assert tool("test").main(arguments) == 1
    assert "it is truncated or not a checkpoint" in capsys.readouterr().err


@pytest.fixture
def turned(train, small_config):
    """A checkpoint of the model whose first two classes have changed places, and the classes."""
    config = Config.fromfile(small_config)
    init_default_scope("mmdet")
    one, two, *rest = SyntheticAerialDataset.METAINFO["classes"]
    meta = dict(epoch=0, iter=0, dataset_meta=dict(classes=(two, one, *rest)))
    train.work.mkdir()
    path = train.work / "epoch_0.pth"
    torch.save(dict(state_dict=MODELS.build(config.model).state_dict(), meta=meta), path)
    return path, (one, two)


def test_classes_in_another_order_than_the_checkpoints(
    train, tool, small_config, turned, monkeypatch, capsys
):
    path, (one, two) = turned
    sentence = "has the classes of the data"
    assert tool("test").main([small_config, str(path), "--cfg-options", *QUICK]) == 1
    assert sentence in capsys.readouterr().err
    (train.work / "last_checkpoint").write_text(str(path))
    assert train("--resume") == 1
    assert sentence in capsys.readouterr().err
    monkeypatch.setattr(f"{__name__}.QUICK", [*QUICK, f"load_from={path}"])
    assert train() == 0
    printed = "".join(capsys.readouterr())
    assert f"class 0 ({one}) starts as {two}, class 1 ({two}) starts as {one}" in printed


def drop_categories(coco):
    del coco["categories"]


def rename_category(coco):
    coco["categories"][0]["name"] = "aeroplane"


def lose_image(coco):
    coco["annotations"][0]["image_id"] = 99


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (drop_categories, r"train.json has no list 'categories'"),
        (rename_category, r"only in the file: aeroplane; only in the config: airplane"),
        (lose_image, r"1 annotations refer to no image of the file \(annotation ids 1\)"),
    ],
)
def test_bad_annotation_files(train, tiny_data, capsys, change, sentence):
    edit(tiny_data, change)
    assert train() == 1
    assert re.search(sentence, capsys.readouterr().err)


def test_a_file_that_is_not_json(train, tiny_data, capsys):
    (tiny_data / "annotations" / "train.json").write_text('{"images": [')
    assert train() == 1
    assert re.search(r"train.json is not JSON: .* at line 1, column", capsys.readouterr().err)


def test_a_missing_folder(train, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tmp_path / "nowhere"))
    assert train() == 1
    sentence = capsys.readouterr().err
    assert "nowhere does not exist (looked for" in sentence
    assert "make_synthetic.py" in sentence


@pytest.mark.parametrize("damage", ["missing", "truncated", "no image"])
def test_bad_images(train, tiny_data, capsys, damage):
    path = tiny_data / "train" / "2.png"
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:600] if damage == "truncated" else b"hello")
    assert train() == 1
    assert "2.png" in capsys.readouterr().err
    assert train("--skip-bad-images") == 0
    printed = capsys.readouterr()
    assert "training without 1 of 4 images" in printed.out + printed.err


def test_bad_boxes_are_counted_and_named(train, tiny_data, capsys):
    def spoil(coco):
        bad = ([1, 1, 0, 5], [1, 1, -3, 5], [1, 1, float("nan"), 5], [90, 90, 5, 5], [60, 60, 9, 9])
        for ann, box in zip(coco["annotations"], bad, strict=False):
            ann["bbox"] = box

    edit(tiny_data, spoil)
    assert train() == 0
    printed = capsys.readouterr()
    for words in (
        "1 boxes without four finite numbers dropped (annotation ids 3)",
        "1 boxes of negative size dropped (annotation ids 2)",
        "1 boxes of zero area dropped (annotation ids 1)",
        "1 boxes outside their image dropped (annotation ids 4)",
        "1 boxes clipped to their image (annotation ids 5)",
    ):
        assert words in printed.out + printed.err


def test_an_auto_constant_is_a_number_in_the_log_and_in_the_saved_config(
    train, tiny_data, small_config
):
    coco = json.loads((tiny_data / "annotations" / "train.json").read_text())
    sizes = [math.sqrt(ann["bbox"][2] * ann["bbox"][3]) for ann in coco["annotations"]]
    number = round(sum(sizes) / len(sizes), 2)
    auto = tiny_data.parent / "auto.py"
    auto.write_text(
        f"_base_ = {small_config!r}\n"
        "loss = dict(type='tinydet.NWDLoss', constant='auto', reduction='sum', loss_weight=7.5)\n"
        "model = dict(bbox_head=dict(loss_bbox=dict(_delete_=True, **loss)))\n"
    )
    assert train(config=str(auto)) == 0
    saved = Config.fromfile(train.work / "auto.py")
    assert saved.model.bbox_head.loss_bbox.constant == number
    (log,) = train.work.rglob("*.log")
    assert f"pixels={number}" in log.read_text()


def test_a_loss_that_is_not_finite_stops_and_names_the_images(
    train, tiny_data, small_config, capsys
):
    broken = tiny_data.parent / "broken.py"
    broken.write_text(
        f"_base_ = {small_config!r}\n"
        "model = dict(bbox_head=dict(loss_cls=dict(loss_weight=float('nan'))))\n"
    )
    assert train(config=str(broken)) == 1
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert re.search(r"error: iteration 1: (loss, )?loss_cls.* not finite; images of the", sentence)
    assert len(re.findall(r"/train/\d.png", sentence)) == 2
    assert not list(train.work.glob("*.pth"))


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (None, "bbox_head.head_module"),
        (None, "train_cfg.assigner"),
        ("configs/faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py", "roi_head.bbox_head"),
    ],
)
def test_a_forgotten_number_of_classes(train, small_config, capsys, monkeypatch, config, key):
    monkeypatch.setattr(f"{__name__}.QUICK", [*QUICK, f"model.{key}.num_classes=80"])
    assert train(config=config or small_config) == 1
    error = capsys.readouterr().err
    assert "the training data have 8 classes and the model has" in error
    assert "num_classes=80; write num_classes=8 there" in error


@pytest.mark.parametrize(
    "options", [["--amp"], ["--cfg-options", "optim_wrapper.type=AmpOptimWrapper"]]
)
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_mixed_precision_is_for_gpus(tool, small_config, monkeypatch, options, device):
    monkeypatch.setattr("mmengine.device.get_device", lambda: device)
    train = tool("train")
    args = train.parse_args([small_config, *options])
    if device == "cuda":
        assert train.training_config(args).optim_wrapper.type == "AmpOptimWrapper"
        return
    with pytest.raises(InputError, match="needs a GPU, and torch sees none here; omit the option"):
        train.training_config(args)


def test_a_config_that_does_not_exist(train, capsys):
    assert train(config="configs/lrnet/lrnet_synthetic.py") == 1
    assert "did you mean" in capsys.readouterr().err


def test_a_checkpoint_with_a_foreign_class(tool, tiny_data, small_config, capsys):
    path = tiny_data / "foreign.pth"
    torch.save(dict(state_dict={}, hook=pytest.Item), path)
    assert tool("test").main([small_config, str(path)]) == 1
    assert "which is not on the list of classes" in capsys.readouterr().err
