"""Figures of the report against plain loops, and the page of a small data set."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

import tinydet  # noqa: F401
from tinydet.data_tools import advice as advices
from tinydet.data_tools.crowding import spacing, twice
from tinydet.data_tools.data import Data
from tinydet.data_tools.objects import Objects, input_factors
from tinydet.data_tools.page import together
from tinydet.data_tools.report.resolutions import tiled
from tinydet.data_tools.report.sections import sections
from tinydet.data_tools.report.sizes import shares, size_edges


def objects_at(boxes, shape=(100, 80), pictures=1):
    boxes = np.array(boxes, float)
    zeros = np.zeros(len(boxes), int)
    return Objects(boxes, zeros, zeros, np.array([shape] * pictures, float), ["car"])


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (80, 100, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    boxes = [
        [10, 10, 6, 6],
        [10.1, 10, 6, 6],
        [50, 50, 1, 8],
        [-4, 20, 8, 8],
        [70, 70, 0, 3],
        [40, 40, -60, 9],
        [90, 90, 1e9, 8],
        [1, 2, None, 4],
    ]
    rows = [
        dict(id=number, image_id=1, category_id=3, bbox=box, area=1, iscrowd=0)
        for number, box in enumerate(boxes)
    ]
    images = [
        dict(id=key, file_name=name, width=100, height=80) for key, name in ((1, "a.png"), (2, "b"))
    ]
    file = tmp_path / "train.json"
    named = [dict(id=3, name="<car>"), dict(id=7, name="bus")]
    file.write_text(json.dumps(dict(images=images, annotations=rows, categories=named)))
    return Data.read(file, tmp_path)


def test_the_page_shows_each_section_and_each_fault(data):
    advice = list(advices.advice(data.objects))
    drawn = list(sections(data, data, data.objects, advice))
    words = {
        part.title: "".join(ElementTree.fromstring(f"<p>{together(part.parts)}</p>").itertext())
        for part in drawn
    }
    assert "<car>" in words["Overview"]
    for fault in (
        "labeled twice",
        "less than 2 px",
        "clipped to their image",
        "of zero area",
        "of negative size",
        "without four",
    ):
        assert fault in words["Label faults"]
    assert "2 pictures are in both files" in words["Train against val"]
    assert "a.png: 4 objects" in words["Densest pictures"]
    assert "b does not exist" in words["Densest pictures"]
    assert "bus (0)" in words["Advice"]
    assert "1 of 2 pictures do not exist" in words["Label faults"]


def test_the_tool_writes_a_page_with_predictions(tool, data, tmp_path, capsys):
    found = [
        dict(image_id=1, category_id=3, bbox=[9, 9, 7, 7], score=score) for score in (0.2, 0.9)
    ]
    (tmp_path / "dt.json").write_text(json.dumps(found))
    html = tmp_path / "pages" / "report.html"
    given = dict(images=tmp_path, predictions=tmp_path / "dt.json", html=html)
    arguments = [str(part) for key, value in given.items() for part in (f"--{key}", value)]
    assert tool("data/report").main([str(tmp_path / data.name), *arguments]) == 0
    assert "1 detections from a score of 0.3" in html.read_text()
    assert f"wrote {html}" in capsys.readouterr().out


def test_a_folder_that_does_not_exist_is_refused(tool, data, tmp_path, capsys):
    arguments = ["--images", str(tmp_path / "no"), "--html", str(tmp_path / "a.html")]
    assert tool("data/report").main([str(tmp_path / data.name), *arguments]) == 1
    assert "no is no folder; name the one that file names start from" in capsys.readouterr().err


def test_a_file_without_objects_is_refused(tool, tmp_path, capsys):
    file = tmp_path / "empty.json"
    file.write_text('{"images": [], "annotations": [], "categories": []}')
    assert tool("data/report").main([str(file), "--html", str(tmp_path / "a.html")]) == 1
    assert "empty.json has no object" in capsys.readouterr().err


def test_shares_belong_to_the_ranges_of_aitod():
    assert shares(np.array([8, 8.1, 16, 33])) == [0.25, 0.5, 0, 0.25]
    assert size_edges(np.array([3.0]), np.array([40.0]))[-1] == pytest.approx(45.25, abs=0.01)


def test_doubles_and_neighbors_are_those_of_a_loop():
    rng = np.random.default_rng(1)
    low = rng.uniform(0, 60, (60, 2))
    boxes = np.hstack([low, low + rng.uniform(3, 9, (60, 2))])
    boxes = np.vstack([boxes, boxes[:5] + 0.1])
    objects = objects_at(boxes)
    pairs = {frozenset(pair) for pair in twice(objects).tolist()}
    expected, gaps = set(), np.full(65, np.inf)
    for i, a in enumerate(boxes):
        for j, b in enumerate(boxes):
            if i == j:
                continue
            wide, high = (np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])).clip(0)
            area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
            if wide * high / (sum(area) - wide * high) >= 0.8:
                expected.add(frozenset((i, j)))
            gap = np.hypot(*((a[:2] + a[2:] - b[:2] - b[2:]) / 2)) / np.sqrt(area[0])
            gaps[i] = min(gaps[i], gap)
    assert pairs == expected
    assert len(expected) >= 5
    assert spacing(objects) == pytest.approx(gaps)


def test_objects_that_no_tile_shows_whole_are_counted():
    # Tiles of 320 px overlap by 16 px: an object across both edges of the overlap is in none.
    small = [[10, 10, 18, 18]] * 199
    number, whole = tiled(objects_at([*small, [300, 10, 330, 18]], (640, 320)), 320)
    assert number == 3
    assert whole == 1 - 1 / 200


@pytest.mark.parametrize(
    ("step", "factors"),
    [
        (dict(type="Resize", scale=(200, 200), keep_ratio=True), (2, 2)),
        (dict(type="mmdet.Resize", scale=(200, 200)), (2, 2.5)),
        (dict(type="mmyolo.YOLOv5KeepRatioResize", scale=(50, 50)), (0.5, 0.5)),
        (dict(type="Normalize"), (1, 1)),
    ],
)
def test_the_input_is_resized_as_the_test_pipeline_does(step, factors):
    config = Config(dict(test_dataloader=dict(dataset=dict(pipeline=[step]))))
    assert input_factors(config, np.array([[100.0, 80.0]])).tolist() == [list(factors)]


def test_large_pictures_get_tiles_and_small_objects_a_larger_input():
    small = [[10, 10, 18, 18]] * 3
    titles = [one.title for one in advices.advice(objects_at(small, (320, 256)))]
    assert titles[0] == "Input size: 640 x 512, 2.0 times as large"
    assert titles[1] == "Strides: begin at P2 (4 px)"
    assert titles[2] == "NWD and DotD: C = 8.0"
    tiles = next(iter(advices.advice(objects_at(small, (4000, 3000)))))
    assert tiles.title == "Tiles of 320 px"
    assert "in an input of 1333 px it has 2.7. " in tiles.reason  # 8 px * 1333 / 4000
    assert "longer than the overlap of 16 px" in tiles.reason


@pytest.fixture
def base(tmp_path):
    lines = (
        "train_pipeline = [dict(type='Resize', scale=(320, 256)), dict(type='Pack')]",
        "test_pipeline = [dict(type='Resize', scale=(320, 256))]",
        "train_dataloader = dict(dataset=dict(type='A', pipeline=train_pipeline))",
        "val_dataloader = dict(dataset=dict(type='B', pipeline=test_pipeline))",
        "test_dataloader = val_dataloader",
    )
    (tmp_path / "base.py").write_text("\n".join(lines))
    return tmp_path


def test_the_lines_for_an_input_size_and_for_tiles_change_a_config(base):
    for shape in ((320, 256), (4000, 3000)):
        lines = next(iter(advices.advice(objects_at([[10, 10, 18, 18]] * 3, shape)))).lines
        (base / f"{shape[0]}.py").write_text(f"_base_ = 'base.py'\n{lines}")
    larger = Config.fromfile(base / "320.py")
    for name in ("train", "val", "test"):
        assert larger[f"{name}_dataloader"].dataset.pipeline[0].scale == (640, 512)
    inside = Config.fromfile(base / "4000.py").train_dataloader.dataset
    assert (inside.type, inside.size, inside.dataset.type) == ("tinydet.SlicedDataset", 320, "A")


def test_detections_are_raised_where_the_config_has_less():
    many = objects_at([[10, 10, 18, 18]] * 250)
    rcnn = dict(rpn=dict(nms_pre=5000, max_per_img=1000), rcnn=dict(max_per_img=100))
    for tests, lines in (
        (rcnn, "dict(rpn=dict(max_per_img=4000), rcnn=dict(max_per_img=400))"),
        (dict(nms_pre=30000, max_per_img=300), "dict(max_per_img=400)"),
        (dict(max_per_img=500), ""),
    ):
        found = advices._detections(many, Config(dict(model=dict(test_cfg=tests))))
        assert found.lines == (f"model = dict(test_cfg={lines})" if lines else "")
    assert "nms_pre=4000, max_per_img=400" in advices._detections(many, None).lines
