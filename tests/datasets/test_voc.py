"""Pascal VOC of several years is one data set with one pipeline."""

import cv2
import numpy as np
import pytest

from tinydet.datasets import VOCDataset
from tinydet.errors import InputError

XML = """<annotation><size><width>40</width><height>30</height></size>
<object><name>{name}</name><difficult>{difficult}</difficult><bndbox><xmin>5</xmin><ymin>6</ymin>
<xmax>15</xmax><ymax>26</ymax></bndbox></object></annotation>"""


@pytest.fixture
def devkit(tmp_path):
    """Two images of 2007, one of 2012; the second has a difficult object."""
    images = {"VOC2007": [("000001", "cat", 0), ("000002", "dog", 1)]}
    images["VOC2012"] = [("2008_000001", "person", 0)]
    for year, entries in images.items():
        (tmp_path / year / "ImageSets/Main").mkdir(parents=True)
        (tmp_path / year / "Annotations").mkdir()
        names = "\n".join(name for name, _, _ in entries)
        (tmp_path / year / "ImageSets/Main/trainval.txt").write_text(names)
        for name, label, difficult in entries:
            path = tmp_path / year / f"Annotations/{name}.xml"
            path.write_text(XML.format(name=label, difficult=difficult))
            picture = tmp_path / year / f"JPEGImages/{name}.jpg"
            picture.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(picture), np.zeros((30, 40, 3), np.uint8))
    return tmp_path


def test_years_follow_each_other(devkit):
    data = VOCDataset(str(devkit))
    infos = [data.get_data_info(index) for index in range(len(data))]
    assert [info["img_id"] for info in infos] == ["000001", "000002", "2008_000001"]
    assert infos[0]["img_path"] == str(devkit / "VOC2007/JPEGImages/000001.jpg")
    assert infos[2]["img_path"] == str(devkit / "VOC2012/JPEGImages/2008_000001.jpg")
    # Pixels count from 1 in VOC; aeroplane is label 0, so cat 7, dog 11, person 14.
    assert infos[0]["instances"] == [dict(bbox=[4, 5, 14, 25], bbox_label=7, ignore_flag=0)]
    labels = [(o["bbox_label"], o["ignore_flag"]) for info in infos for o in info["instances"]]
    assert labels == [(7, 0), (11, 1), (14, 0)]


def test_the_first_year_names_the_protocol(devkit):
    assert VOCDataset(str(devkit)).metainfo["dataset_type"] == "VOC2007"
    assert VOCDataset(str(devkit), years=(2012,)).metainfo["dataset_type"] == "VOC2012"


def test_a_pipeline_can_be_exchanged_and_may_draw_further_images(devkit):
    data = VOCDataset(str(devkit), pipeline=[])
    data.pipeline = lambda results: dict(others=len(results["dataset"]), id=results["img_id"])
    assert data[2] == dict(others=3, id="2008_000001")


def test_a_missing_year_is_named(devkit):
    with pytest.raises(
        InputError, match="VOC2007/ImageSets/Main/test.txt does not exist.*VOC_ROOT"
    ):
        VOCDataset(str(devkit), split="test")


LIST, FIRST = "VOC2007/ImageSets/Main/trainval.txt", "VOC2007/Annotations/000001.xml"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (LIST, "", "trainval.txt is empty"),
        (
            LIST,
            "000001\n\n000009 1\n",
            "2 of 3 names in .*no XML.*('', '000009 1')",
        ),
        (FIRST, "<annotation>", "000001.xml is not an annotation .*no element found"),
        (
            FIRST,
            XML.format(name="cat", difficult="no"),
            "000001.xml is not an annotation of VOC",
        ),
        ("VOC2007/JPEGImages/000001.jpg", None, "1 of 3 images .* are missing: .*000001.jpg"),
    ],
)
def test_what_is_missing_or_broken_is_named(devkit, file, text, message):
    (devkit / file).unlink()
    if text is not None:
        (devkit / file).write_text(text)
    with pytest.raises(InputError, match=message):
        VOCDataset(str(devkit))


def test_unknown_classes_are_counted(devkit, monkeypatch):
    lines = []
    monkeypatch.setattr("tinydet.datasets.voc.print_log", lambda text, *_: lines.append(text))
    (devkit / FIRST).write_text(XML.format(name="zebra", difficult=0))
    assert len(VOCDataset(str(devkit))) == 3
    assert len(lines) == 1
    assert "1 objects belong to none of the config's classes and are left out (zebra)" in lines[0]


def test_a_set_of_difficult_objects_alone_is_refused(devkit):
    for path in devkit.rglob("*.xml"):
        path.write_text(XML.format(name="cat", difficult=1))
    with pytest.raises(InputError, match="the 3 images of trainval have no object"):
        VOCDataset(str(devkit))


def test_bad_images_can_be_skipped(devkit):
    (devkit / "VOC2007/JPEGImages/000001.jpg").write_bytes(b"no image")
    assert len(VOCDataset(str(devkit), skip_bad_images=True)) == 2
