"""Each bad input is counted with its file and line, and stops a strict run."""

import json

import pytest
from PIL import Image

from tinydet.errors import InputError

COCO = dict(
    images=[dict(id=1, file_name="a.png", width=100, height=50)],
    annotations=[dict(id=1, image_id=1, category_id=1, bbox=[1, 2, 3.5, 4])],
    categories=[dict(id=1, name="boat")],
)
VOC = (
    "<annotation><filename>a.png</filename>{}<object><name>boat</name><bndbox><xmin>1</xmin>"
    "<ymin>2</ymin><xmax>{}</xmax><ymax>4.5</ymax></bndbox></object></annotation>"
)
SIZE = "<size><width>100</width><height>50</height></size>"
HEADER = "file_name,width,height,class,xmin,ymin,xmax,ymax\n"


def coco(**changes):
    """Return the text of a COCO file with other annotations or images."""
    return {"x.json": json.dumps({**COCO, **changes})}


def annotation(**changes):
    return coco(annotations=[*COCO["annotations"], {**COCO["annotations"][0], "id": 2, **changes}])


def yolo(row):
    return {"labels/a.txt": f"0 0.5 0.5 0.1 0.2\n{row}\n", "classes.txt": "boat\n"}


def labelme(*shapes, **fields):
    head = dict(imagePath="a.png", imageWidth=100, imageHeight=50)
    return {"labelme/a.json": json.dumps({**head, "shapes": shapes, **fields})}


def shape(kind, *points):
    return dict(label="boat", shape_type=kind, points=points)


RECTANGLE = shape("rectangle", [9, 8], [1.5, 2])
FAULTS = {  # format, files, what is read, the sentence, boxes that are left
    "yolo range": ("yolo", yolo("0 120 40 8 8"), ".", "a.txt, line 2 has the box 120 40 8 8", 1),
    "yolo count": ("yolo", yolo("0 0.5 0.5 0.1"), ".", "line 2 has 4 values, not 5", 1),
    "yolo class": ("yolo", yolo("3 0.5 0.5 0.1 0.1"), ".", "line 2 has class 3; there are 1", 1),
    "yolo comma": ("yolo", yolo("0 0,5 0.5 0.1 0.1"), ".", "line 2 has '0,5', a decimal comma", 1),
    "yolo commas": ("yolo", yolo("0,0.5,0.5,1,1"), ".", "line 2 has '0,0.5,0.5,1,1', several", 1),
    "yolo NaN": ("yolo", yolo("0 nan 0.5 0.1 0.1"), ".", "0.1; write four finite numbers", 1),
    "yolo polygon": ("yolo", yolo("0 0 0 1 0 1 1"), ".", "line 2 has a polygon", 2),
    "yolo empty": (
        "yolo",
        {"labels/a.txt": "\n", "classes.txt": "boat"},
        ".",
        "1 pictures with an empty label file kept as background",
        0,
    ),
    "yolo missing": (
        "yolo",
        {"labels/classes.txt": "boat", "classes.txt": "boat"},
        ".",
        "1 pictures without a label file kept as background",
        0,
    ),
    "yolo lone": ("yolo", yolo("") | {"labels/b.txt": ""}, ".", "b.txt has no picture in any", 1),
    "voc without size": ("voc", {"xml/a.xml": VOC.format("", 9)}, "xml", "not say the size", 1),
    "voc swapped": (
        "voc",
        {"xml/a.xml": VOC.format(SIZE, 0)},
        "xml",
        "object 1 has the box 1 2",
        0,
    ),
    "voc comma": ("voc", {"xml/a.xml": VOC.format(SIZE, "9,5")}, "xml", "has '9,5', a decimal", 0),
    "voc no picture": (
        "voc",
        {"xml/a.xml": VOC.format(SIZE, 9), "xml/b.xml": VOC.format(SIZE, 9).replace("a.p", "b.p")},
        "xml",
        "b.xml belongs to no picture",
        2,
    ),
    "labelme polygon": (
        "labelme",
        labelme(RECTANGLE, shape("polygon", [1, 1], [9, 1], [5, 7])),
        "labelme",
        "1 shapes read as the boxes around them: ",
        2,
    ),
    "labelme circle": (
        "labelme",
        labelme(RECTANGLE, shape("circle", [9, 9], [12, 13])),
        "labelme",
        "shape 2 is a circle",
        2,
    ),
    "labelme line": (
        "labelme",
        labelme(RECTANGLE, shape("line", [9, 9], [12, 13])),
        "labelme",
        "1 shapes without area left out",
        1,
    ),
    "labelme Windows": (
        "labelme",
        labelme(RECTANGLE, imagePath="..\\images\\a.png"),
        "labelme",
        "1 Windows paths read with forward slashes",
        1,
    ),
    "coco ids": (
        "coco",
        annotation(id=1),
        "x.json",
        "x.json, 1 with an id that stands before",
        2,
    ),
    "coco box": (
        "coco",
        annotation(bbox=[1, 2, -3, 4]),
        "x.json",
        "has annotation 2 whose 'bbox'",
        1,
    ),
    "coco flat": ("coco", annotation(bbox=[1, 2, 0, 4]), "x.json", "boxes without area kept", 2),
    "coco image": ("coco", annotation(image_id=7), "x.json", "image_id 7 is none of its images", 1),
    "coco category": (
        "coco",
        annotation(category_id=7),
        "x.json",
        "category_id 7 is none of its",
        1,
    ),
    "coco flag": ("coco", annotation(iscrowd="no"), "x.json", "whose 'iscrowd' is 'no'", 1),
    "coco Windows": (
        "coco",
        coco(images=[{**COCO["images"][0], "file_name": "C:\\data\\a.png"}]),
        "x.json",
        "names 'C:\\\\data\\\\a.png'",
        1,
    ),
    "coco file": (
        "coco",
        coco(images=[{**COCO["images"][0], "file_name": "b.png"}]),
        "x.json",
        "1 pictures kept without their file: b.png of",
        1,
    ),
    "csv index": (
        "csv",
        {"x.csv": f",{HEADER}0,a.png,100,50,boat,1,2,3,4\n"},
        "x.csv",
        "begins with a column of row numbers",
        1,
    ),
    "csv count": (
        "csv",
        {"x.csv": f"{HEADER}a.png,100,50,boat,1,2,3\n"},
        "x.csv",
        "line 2 has 7",
        0,
    ),
    "csv comma": (
        "csv",
        {
            "x.csv": HEADER.replace(",", ";") + "a.png;100;50;boat;1,5;2;3;4\n"
            "a.png;100;50;boat;1.000,5;2;3;4\n"
        },
        "x.csv",
        "line 3 has '1.000,5', a decimal comma",
        1,
    ),
    "dota count": (
        "dota",
        {"txt/a.txt": "gsd:0.1\n1 2 5 2 5 6 1 6 ship 1\n1 2 3 4 ship 0\n"},
        "txt",
        "line 3 has 6 fields, not 10",
        1,
    ),
    "cvat points": (
        "cvat",
        {
            "x.xml": '<annotations><image id="0" name="a.png" width="100" height="50">'
            '<points label="boat" points="1,2"/><box label="boat" xtl="1" ytl="2" xbr="3.5" '
            'ybr="4"/></image></annotations>'
        },
        "x.xml",
        "image 0, shape 1 is a points",
        1,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_counted_and_stops_a_strict_run(read, name):
    form, files, ann, sentence, left = FAULTS[name]
    data, report = read(form, files, ann)
    assert any(sentence in line for line in report)
    assert len(report) == 1
    assert data.number_of_boxes() == left
    with pytest.raises(InputError) as caught:
        read(form, files, ann, strict=True)
    assert str(caught.value).count("--strict stops here") == 1


@pytest.mark.parametrize(
    ("form", "files", "ann", "sentence"),
    [
        ("voc", {"xml/b.xml": VOC.format("", 9).replace("a.png", "b.png")}, "xml", "not in"),
        ("coco", {"x.json": "{"}, "x.json", "is not JSON: Expecting property name"),
        ("coco", {"x.json": "[]"}, "x.json", "holds a list; a COCO file is an object"),
        ("coco", coco(images=COCO["images"] * 2), "x.json", "1 ids of images occur more than once"),
        ("coco", coco(categories=[dict(id=1)]), "x.json", "same name, or one has none"),
        ("yolo", {"labels/a.txt": ""}, ".", "holds neither data.yaml nor classes.txt"),
        ("yolo", {"data.yaml": "names: [a]\nnc: 2\ntrain: images"}, ".", "nc: 2 and 1 names"),
        ("yolo", {"data.yaml": "names: [a]\ntrain: pictures"}, ".", "names pictures, which is not"),
        ("csv", {"x.csv": "file_name,class\n"}, "x.csv", "has no column x, y, w, h"),
        ("dota", {}, "txt", "does not exist"),
    ],
)
def test_what_cannot_be_read_at_all(read, form, files, ann, sentence):
    with pytest.raises(InputError, match=sentence):
        read(form, files, ann)


def test_a_class_list_that_does_not_fit(read):
    yaml = {"data.yaml": "names: [boat, car]\ntrain: images"}
    with pytest.raises(InputError, match="has 2 classes .boat, car., and --classes 1"):
        read("yolo", yaml, classes=["boat"])
    data, report = read("voc", {"xml/a.xml": VOC.format(SIZE, 9)}, "xml", classes=["car"])
    assert data.number_of_boxes() == 0
    assert "object 1 has class 'boat', none of --classes" in report[0]


@pytest.mark.parametrize(
    ("mode", "orientation", "sentence"),
    [
        ("I;16", 1, "more than 8 bits"),
        ("RGBA", 1, "channels R, G, B, A"),
        ("L", 9, "orientation 9"),
    ],
)
def test_pictures_that_training_sees_otherwise(read, tmp_path, mode, orientation, sentence):
    (tmp_path / "images").mkdir()
    picture = Image.new(mode, (100, 50))
    exif = picture.getexif()
    exif[0x0112] = orientation
    picture.save(tmp_path / "images/a.png", exif=exif)
    data, report = read("yolo", yolo("0 0.5 0.5 0.1 0.1"), pictures=())
    assert sentence in report[0]
    assert data.number_of_boxes() == 2


def test_a_turned_picture_has_the_size_that_is_seen(read, tmp_path):
    (tmp_path / "images").mkdir()
    picture = Image.new("L", (100, 50))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "images/a.jpg", exif=exif)
    data, report = read("yolo", yolo("0 0.5 0.5 0.1 0.1"), pictures=())
    assert (data.pictures[0].width, data.pictures[0].height, report) == (50, 100, [])
