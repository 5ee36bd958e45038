"""tools/data/browse.py and tools/analysis/assignment.py on a picture of HIT-UAV's kind."""

import json

import cv2
import numpy as np
import pytest
from config_tree import CONFIGS

from tinydet.datasets.named import HITUAVDataset

FASTER = str(CONFIGS / "faster_rcnn/faster-rcnn_mobilenetv2_fpn_12e_hituav.py")
CLASSES = HITUAVDataset.METAINFO["classes"]


@pytest.fixture(autouse=True)
def hituav(tmp_path, monkeypatch):
    """One picture with an object of 8 px and one of 2 px; the finest anchors have 8 px."""
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "1.png"), np.zeros((256, 320, 3), np.uint8))
    box = dict(image_id=1, category_id=1, area=1, iscrowd=0)
    coco = dict(
        images=[dict(id=1, file_name="1.png", width=320, height=256)],
        annotations=[dict(box, id=1, bbox=[60, 60, 8, 8]), dict(box, id=2, bbox=[201, 101, 2, 2])],
        categories=[dict(id=number, name=name) for number, name in enumerate(CLASSES, 1)],
    )
    (tmp_path / "train.json").write_text(json.dumps(coco))
    monkeypatch.setenv("HITUAV_ROOT", str(tmp_path))
    return tmp_path


def test_the_table_says_which_object_has_no_prior(tool, capsys):
    assert tool("analysis/assignment").main([FASTER]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert "| very tiny | 2 | 50.0% | 0.50 | 0.50 | 0.00 | 0.00 | 0.00 | 0.00 |" in rows


def test_a_page_and_a_grid_are_written(tool, hituav, capsys):
    page, grid = hituav / "out" / "page.html", hituav / "out" / "grid.png"
    args = [FASTER, "--show", "positives", "--html", str(page), "--png", str(grid)]
    assert tool("data/browse").main(args) == 0
    assert "1.png: 2 objects, 0 ignored, 1 without a prior" in page.read_text()
    assert (cv2.imread(str(grid)) == (40, 40, 255)).all(-1).any(), "an object without is red"
    assert f"wrote {page} and {grid}" in capsys.readouterr().out


def test_a_detector_without_a_table_is_named(tool, capsys):
    path = str(CONFIGS / "lrnet/lrnet_n_15e_hituav.py")
    assert tool("data/browse").main([path, "--show", "positives"]) == 1
    assert "lrnet_n_15e_hituav.py assigns objects by predictions" in capsys.readouterr().err
    assert tool("analysis/assignment").main([path]) == 1
    assert "there is nothing to count before a training" in capsys.readouterr().err
