"""VisDrone's archives become COCO files that train and evaluate."""

import json

import pytest
from PIL import Image

from tinydet.datasets import VisDroneDataset
from tinydet.evaluation.visdrone.rows import CLASSES

LINES = (
    "1,2,30,40,0,0,0,0,",  # region; some official files end lines with a comma
    "10,11,5,6,1,4,0,1",  # car
    "20,21,7,8,0,1,0,0",  # ignored pedestrian
    "30,31,9,9,0,11,0,0",  # others
)


@pytest.fixture
def root(tmp_path):
    """The validation archive with two images, the second without a line."""
    folder = tmp_path / "VisDrone2019-DET-val"
    for part in ("annotations", "images"):
        (folder / part).mkdir(parents=True)
    for name, lines, size in (("b", LINES, (60, 50)), ("c", (), (40, 30))):
        (folder / "annotations" / f"{name}.txt").write_text("\n".join(lines))
        Image.new("RGB", size).save(folder / "images" / f"{name}.jpg")
    return tmp_path


def convert(tool, root, split="val"):
    out = root / "annotations"
    options = ["--from", "visdrone", "--to", "coco", "--split", split, "--out", str(out)]
    return tool("data/convert").main(["--ann", str(root), *options])


def test_what_goes_where(tool, root, capsys):
    assert convert(tool, root) == 0
    coco = json.loads((root / "annotations" / "visdrone_val.json").read_text())
    assert coco["images"] == [
        dict(id=1, file_name="b.jpg", width=60, height=50, ignored_regions=[[1, 2, 30, 40]]),
        dict(id=2, file_name="c.jpg", width=40, height=30, ignored_regions=[]),
    ]
    common = dict(image_id=1, iscrowd=0)
    assert coco["annotations"] == [
        dict(id=1, category_id=4, bbox=[10, 11, 5, 6], area=30, ignore=0, **common),
        dict(id=2, category_id=1, bbox=[20, 21, 7, 8], area=56, ignore=1, **common),
    ]
    assert [category["name"] for category in coco["categories"]] == list(CLASSES)
    told = capsys.readouterr()
    assert "visdrone_val: 2 pictures, 2 boxes (1 to ignore), 1 ignored regions" in told.out
    assert "1 objects of the category 'others' left out" in told.err


def test_the_data_set_reads_it(tool, root):
    convert(tool, root)
    data = VisDroneDataset(
        data_root=str(root),
        ann_file="annotations/visdrone_val.json",
        data_prefix=dict(img="VisDrone2019-DET-val/images/"),
        test_mode=True,
        pipeline=[],
    )
    assert data.metainfo["classes"] == (
        *("pedestrian", "people", "bicycle", "car", "van"),
        *("truck", "tricycle", "awning-tricycle", "bus", "motor"),
    )
    assert len(set(data.metainfo["palette"])) == 10
    instances = [data.get_data_info(index)["instances"] for index in range(2)]
    assert [[one["bbox_label"] for one in image] for image in instances] == [[3], []]


def test_archives_that_are_not_whole(tool, root, capsys):
    assert convert(tool, root, "train") == 1
    assert "VisDrone2019-DET-train does not exist" in capsys.readouterr().err
    folder = root / "VisDrone2019-DET-val"
    (folder / "images" / "c.jpg").unlink()
    assert convert(tool, root) == 1
    assert "has 1 annotation files without image (c)" in capsys.readouterr().err
    (folder / "annotations" / "c.txt").unlink()
    Image.new("RGB", (9, 9)).save(folder / "images" / "d.jpg")
    assert convert(tool, root) == 1
    assert "has 1 images without annotation file (d.jpg)" in capsys.readouterr().err


def test_one_folder_of_text_files_and_back(read, root):
    folder = root / "VisDrone2019-DET-val"
    files = {"txt/b.txt": "\n".join(LINES)}
    (root / "images").mkdir()
    (folder / "images/b.jpg").rename(root / "images/b.jpg")
    data, report = read("visdrone", files, "txt", pictures=())
    assert data.number_of_boxes() == 2
    assert data.pictures[0].regions.tolist() == [[1, 2, 30, 40]]
    assert report[0].startswith("1 objects of the category 'others' left out")
