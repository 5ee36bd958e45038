"""``constant="auto"`` becomes the mean object size, wherever it stands, and is written down."""

import json
from pathlib import Path

import pytest
from mmengine.config import Config

from tinydet.configuration import load_config
from tinydet.configuration.auto_constant import resolve_constants
from tinydet.errors import InputError


@pytest.fixture
def annotate(tmp_path):
    """Return a writer of an annotation file with boxes of the sizes given."""

    def write(name, *sizes):
        coco = dict(
            images=[dict(id=1, file_name="1.png", width=100, height=100)],
            categories=[dict(id=1, name="car")],
            annotations=[
                dict(id=n, image_id=1, category_id=1, bbox=[0, 0, *size])
                for n, size in enumerate(sizes, 1)
            ],
        )
        (tmp_path / name).write_text(json.dumps(coco))
        return str(tmp_path / name)

    return write


def config(*datasets, **model):
    dataset = datasets[0] if len(datasets) == 1 else dict(type="Concat", datasets=list(datasets))
    return Config(dict(model=model, train_dataloader=dict(dataset=dataset)))


@pytest.mark.parametrize(
    ("dataset", "constant"),
    [
        (dict(), 5),
        (dict(metainfo=dict(classes="auto")), 5),
        (dict(metainfo=dict(classes=["car"])), 6),
        (dict(type="tinydet.HITUAVDataset"), 6),  # has the class car
    ],
)
def test_the_classes_that_are_learned_give_the_size(annotate, tmp_path, dataset, constant):
    path = Path(annotate("a.json", (4, 9), (2, 8)))
    coco = json.loads(path.read_text())
    coco["categories"].append(dict(id=2, name="boat"))
    coco["annotations"][1]["category_id"] = 2
    path.write_text(json.dumps(coco))
    made = config(dict(ann_file=str(path), **dataset), loss=dict(constant="auto"))
    assert resolve_constants(made) == constant


def test_everywhere_under_model(annotate, tmp_path):
    annotate("a.json", (4, 9), (2, 8))  # sqrt: 6 and 4
    made = config(
        dict(data_root=str(tmp_path), ann_file="a.json"),
        bbox_head=dict(loss_bbox=dict(constant="auto"), anchor=dict(constant=3)),
        train_cfg=dict(rcnn=[dict(assigner=dict(iou_calculator=dict(constant="auto")))]),
        test_cfg=dict(nms=dict(constant="auto")),
    )
    assert resolve_constants(made) == 5
    assert made.model.bbox_head.loss_bbox.constant == 5
    assert made.model.bbox_head.anchor.constant == 3
    assert made.model.train_cfg.rcnn[0].assigner.iou_calculator.constant == 5
    assert made.model.test_cfg.nms.constant == 5
    assert made.auto_constant == dict(
        pixels=5.0,
        boxes=2,
        files=[str(tmp_path / "a.json")],
        used_by=[
            "model.bbox_head.loss_bbox",
            "model.train_cfg.rcnn[0].assigner.iou_calculator",
            "model.test_cfg.nms",
        ],
    )


def test_several_files_count_by_their_boxes(annotate):
    files = annotate("a.json", (3, 3)), annotate("b.json", (6, 6), (6, 6), (4, 1))
    wrapped = dict(type="Repeat", dataset=dict(ann_file=files[1]))
    made = config(dict(ann_file=files[0]), wrapped, head=dict(constant="auto"))
    assert resolve_constants(made) == 4.25
    assert made.auto_constant.files == list(files)


def test_boxes_that_training_drops_do_not_count(annotate):
    made = config(
        dict(ann_file=annotate("a.json", (7, 7), (0, 5), (-3, 5))), head=dict(constant="auto")
    )
    assert resolve_constants(made) == 7


RESIZE = dict(type="mmdet.Resize", scale=(1333, 800), keep_ratio=True)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (RESIZE, 48),  # an image of 100 x 100 px becomes one of 800 x 800
        (dict(type="mmdet.Resize", scale=(200, 300), keep_ratio=True), 12),
        (dict(type="mmdet.Resize", scale=(200, 300), keep_ratio=False), 6),
        (dict(type="mmdet.RandomFlip"), 6),
    ],
)
def test_sizes_are_those_after_the_resizing(annotate, step, expected):
    data = dict(ann_file=annotate("a.json", (4, 9)), pipeline=[dict(type="Load"), step])
    assert resolve_constants(config(data, head=dict(constant="auto"))) == expected


def test_voc_brings_its_sizes_in_xml_files(tmp_path):
    import tinydet.datasets  # noqa: F401  (registers the data set)

    folder = tmp_path / "VOC2007"
    for sub in ("Annotations", "ImageSets/Main", "JPEGImages"):
        (folder / sub).mkdir(parents=True)
    (folder / "ImageSets/Main/trainval.txt").write_text("a\n")
    (folder / "JPEGImages/a.jpg").touch()
    objects = "".join(
        f"<object><name>car</name><difficult>{difficult}</difficult><bndbox><xmin>1</xmin>"
        f"<ymin>1</ymin><xmax>{w + 1}</xmax><ymax>{h + 1}</ymax></bndbox></object>"
        for w, h, difficult in ((4, 9, 0), (2, 8, 0), (30, 30, 1))
    )
    size = "<size><width>100</width><height>100</height></size>"
    (folder / "Annotations/a.xml").write_text(f"<annotation>{size}{objects}</annotation>")
    data = dict(
        type="tinydet.VOCDataset", data_root=str(tmp_path), years=(2007,), pipeline=[RESIZE]
    )
    made = config(data, head=dict(constant="auto"))
    assert resolve_constants(made) == 40  # the mean of 6 and 4, eight times as large
    assert made.auto_constant.files == [str(tmp_path)]


def test_nothing_is_read_where_nothing_asks():
    made = config(dict(ann_file="nowhere.json"), head=dict(constant=12.8))
    assert resolve_constants(made) is None
    assert "auto_constant" not in made


def test_without_annotations_the_sentence_says_what_to_do(tmp_path):
    missing = tmp_path / "a.json"
    with pytest.raises(InputError, match="a.json does not exist .*give the number in place"):
        resolve_constants(config(dict(ann_file=str(missing)), head=dict(constant="auto")))
    with pytest.raises(InputError, match=r"model.head: .* has no train_dataloader with an ann_"):
        resolve_constants(Config(dict(model=dict(head=dict(constant="auto")))))


def test_the_tools_load_a_number_and_save_it(annotate, tmp_path):
    path = tmp_path / "config.py"
    path.write_text(
        "model = dict(head=dict(constant='auto'))\n"
        f"train_dataloader = dict(dataset=dict(ann_file={annotate('a.json', (5, 5))!r}))\n"
    )
    loaded = load_config(path)
    assert loaded.model.head.constant == 5
    saved = tmp_path / "saved.py"
    loaded.dump(saved)
    (tmp_path / "a.json").unlink()  # a test elsewhere needs no training annotations
    again = load_config(saved)
    assert again.model.head.constant == 5
    assert again.auto_constant.boxes == 1


def test_boxes_that_training_leaves_out_do_not_count(annotate):
    path = annotate("a.json", (4, 9), (20, 20))
    coco = json.loads(Path(path).read_text())
    coco["annotations"][1]["ignore"] = 1
    Path(path).write_text(json.dumps(coco))
    assert resolve_constants(config(dict(ann_file=path), head=dict(constant="auto"))) == 6
