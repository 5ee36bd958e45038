"""What each reader makes of a file of its format, by hand."""

import json

import numpy as np
import pytest
import yaml
from PIL import Image

from tinydet.data_tools.pictures import Kind
from tinydet.errors import InputError


def boxes(data):
    """Return class, left, top, width, height and kind of the boxes of the first picture."""
    picture = data.pictures[0]
    rows = zip(picture.boxes.class_ids, picture.boxes.xywh.tolist(), picture.kinds, strict=True)
    return [(data.classes[label], *box, kind) for label, box, kind in rows]


def test_dota_becomes_horizontal_boxes_and_difficult_ones_are_ignored(read):
    text = (
        "imagesource:GoogleEarth\ngsd:0.146\n2827.5 10 2830 12 2826 18 2824 15 small-vehicle 0\n"
        "1.0 2.0 5.0 2.0 5.0 8.0 1.0 8.0 plane 1\n"
    )
    data, report = read(
        "dota", {"labelTxt/P0__1__0___0.txt": text}, "labelTxt", pictures=("P0__1__0___0.png",)
    )
    assert report == []
    assert data.classes[:2] == ["plane", "baseball-diamond"]  # the official order, of all 18
    assert len(data.classes) == 18
    assert boxes(data) == [
        ("small-vehicle", 2824, 10, 6, 8, Kind.OBJECT),
        ("plane", 1, 2, 4, 6, Kind.IGNORED),
    ]


def test_sodaa_becomes_horizontal_boxes_without_regions(read):
    objects = [
        dict(poly=[10, 4, 14, 8, 10, 12, 6, 8], category_id=2),
        dict(poly=[1, 2, 5, 2, 5, 8, 1, 8], cat_id=8, trunc=0),  # of a tile
        dict(poly=[0, 0, 9, 0, 9, 9, 0, 9], category_id=9),
        dict(poly=[0, 0, 9, 0, 9, 9, 0, 9, 3, 3], category_id=1),
        dict(poly=[0, 0, 9, 0, 9, 9, 0, 9], category_id=10),
    ]
    files = {"Annotations/00001.json": json.dumps(dict(annotations=objects))}
    data, report = read("sodaa", files, "Annotations", pictures=("00001.jpg",))
    assert len(data.classes) == 9
    assert boxes(data) == [
        ("small-vehicle", 6, 4, 8, 8, Kind.OBJECT),
        ("windmill", 1, 2, 4, 6, Kind.OBJECT),
    ]
    assert report[0].startswith("1 regions to ignore left out: ")
    assert report[1].startswith("2 objects left out: ")
    assert "object 4 has a 'poly' of 10 numbers, not 8" in report[1]
    assert "object 5 has category 10, which is 0 to 9" in report[1]


def test_pascal_counts_pixels_from_one_and_includes_the_last(read):
    xml = (
        "<annotation><filename>a.png</filename><size><width>100</width><height>50</height></size>"
        "<object><name>b</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>5</ymin>"
        "<xmax>4</xmax><ymax>5</ymax></bndbox></object></annotation>"
    )
    files = {"xml/a.xml": xml}
    assert boxes(read("voc", files, "xml", pixels="indices")[0]) == [("b", 0, 4, 4, 1, 1)]
    assert boxes(read("voc", files, "xml")[0]) == [("b", 1, 5, 3, 0, 1)]


def test_labelme_shapes(read):
    shapes = [
        dict(label="b", shape_type="rectangle", points=[[9.5, 8], [1.5, 2]]),
        dict(label="b", shape_type="circle", points=[[10, 20], [13, 24]]),
        dict(label="a", points=[[1, 1], [9, 3], [5, 7]], flags=dict(difficult=True)),
    ]
    content = dict(imagePath="../a.png", imageWidth=100, imageHeight=50, shapes=shapes)
    data, _ = read("labelme", {"json/a.json": json.dumps(content)}, "json")
    assert data.classes == ["a", "b"]
    assert boxes(data) == [
        ("b", 1.5, 2, 8, 6, 0),
        ("b", 5, 15, 10, 10, 0),
        ("a", 1, 1, 8, 6, Kind.IGNORED),
    ]


def test_cvat_shapes_keep_the_order_of_the_task(read):
    xml = (
        "<annotations><meta><task><labels><label><name>z</name></label><label><name>a</name>"
        '</label></labels></task></meta><image id="0" name="a.png" width="100" height="50">'
        '<box label="a" xtl="10" ytl="10" xbr="14" ybr="12" rotation="90"/>'
        '<ellipse label="z" cx="20" cy="20" rx="3" ry="1" rotation="90"/>'
        '<polygon label="z" points="1,2;3,4;2,9.5"/>'
        '<box label="a" xtl="1" ytl="2" xbr="3.5" ybr="4">'
        '<attribute name="ignore">true</attribute></box></image></annotations>'
    )
    data, report = read("cvat", {"x.xml": xml}, "x.xml")
    assert data.classes == ["z", "a"]
    np.testing.assert_allclose(
        [row[1:] for row in boxes(data)],
        [[11, 9, 2, 4, 0], [19, 17, 2, 6, 0], [1, 2, 2, 7.5, 0], [1, 2, 2.5, 2, Kind.IGNORED]],
        atol=1e-12,
    )
    assert report[0].startswith("3 shapes read as the boxes around them")


def test_csv_of_others(read):
    text = "a.png,1,2,3.5,4,boat\nb.png,,,,,\n"  # RetinaNet's
    data, report = read("csv", {"x.csv": text}, "x.csv", pictures=("a.png", "b.png"))
    assert boxes(data) == [("boat", 1, 2, 2.5, 2, 0)]
    assert [len(picture.boxes) for picture in data.pictures] == [1, 0]
    assert report[0].startswith("2 sizes read from the pictures")
    text = "Filename;x1;y1;x2;y2;label;width;height\na.png;1,5;2;3,5;4;boat;100;50\n"
    data, report = read("csv", {"x.csv": text}, "x.csv")
    assert (boxes(data), report) == ([("boat", 1.5, 2, 2, 2, 0)], [])


def test_data_yaml_names_folders_and_lists(read, tmp_path):
    content = dict(names={0: "boat"}, path=".", train="images/train", val="lists/val.txt")
    files = {
        "data.yaml": yaml.safe_dump(content),
        "lists/val.txt": "../images\\val\\b.png\n../images/val/lost.png\n",
        "labels/train/a.txt": "0 0.5 0.5 0.02 0.08\n",
        "labels/val/b.txt": "0 0.005 0.99 0.01 0.02\n",
    }
    names = ("train/a.png", "val/b.png")
    data, report = read("yolo", files, "data.yaml", False, pictures=names, splits=["val"])
    assert data.pictures[0].file_name == "val/b.png"
    np.testing.assert_allclose(boxes(data)[0][1:], [0, 49, 1, 1, 0], atol=1e-12)
    assert "val.txt, line 2 names '../images/val/lost.png'" in report[0]
    with pytest.raises(InputError, match="has no split test; it has train, val"):
        read("yolo", files, "data.yaml", splits=["test"])


def test_coco_keeps_what_it_does_not_know(tool, tmp_path, capsys):
    annotation = dict(id=7, image_id=3, category_id=0, bbox=[1, 2.25, 3, 4], area=5.5, iscrowd=1)
    coco = dict(
        info=dict(year=2026),
        images=[dict(id=3, file_name="a.png", width=9, height=8, flight="x")],
        annotations=[dict(annotation, ignore=0, segmentation=[[1, 2, 3, 4, 5, 6]])],
        categories=[dict(id=0, name="boat", supercategory="none")],
    )
    (tmp_path / "x.json").write_text(json.dumps(coco))
    arguments = ["--from", "coco", "--ann", str(tmp_path / "x.json"), "--out"]
    convert = tool("data/convert").main
    assert convert([*arguments, str(tmp_path / "y.json"), "--to", "coco"]) == 0
    assert json.loads((tmp_path / "y.json").read_text()) == coco
    assert convert([*arguments, str(tmp_path / "voc"), "--to", "voc"]) == 0
    told = capsys.readouterr()
    assert "2 further COCO fields not written: x has flight, segmentation" in told.err
    assert "1 areas not written" in told.err
    assert "put the pictures into" in told.out
    assert convert([*arguments, str(tmp_path / "z"), "--to", "voc", "--strict"]) == 1
    assert not (tmp_path / "z").exists()


def test_pictures_that_a_file_does_not_name_are_counted(tool, tmp_path, capsys):
    for name in ("a.png", "b.png"):
        (tmp_path / "images").mkdir(exist_ok=True)
        Image.new("L", (9, 9)).save(tmp_path / "images" / name)
    ann, out = tmp_path / "x.csv", str(tmp_path / "x.json")
    ann.write_text("file_name,width,height,class,x,y,w,h\na.png,9,9,boat,1,1,2,2\n")
    given = ["--from", "csv", "--to", "coco", "--ann", str(ann), "--out", out, "--strict"]
    assert tool("data/convert").main([*given, "--images", str(tmp_path / "images")]) == 0
    assert "1 pictures that no file names left out: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--from", "csv", "--split", "val"], "--split is for yolo, voc, visdrone"),
        (["--from", "coco", "--classes", "boat"], "choose some by tools/data/subset.py"),
        (["--from", "csv", "--pixels", "indices"], "--pixels is for voc"),
    ],
)
def test_options_that_a_format_does_not_read_are_refused(tool, capsys, options, sentence):
    with pytest.raises(SystemExit):
        tool("data/convert").main(["--ann", "x", "--to", "coco", "--out", "y", *options])
    assert sentence in capsys.readouterr().err
