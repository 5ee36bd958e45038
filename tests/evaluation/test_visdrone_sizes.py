"""Sizes from the heads of files are those of the pictures as a detector sees them."""

import cv2
import pytest
from PIL import Image

from tinydet.evaluation.visdrone.sizes import sizes_of


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sizes_are_those_of_the_turned_picture(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg", exif=exif)
    seen = cv2.imread(str(tmp_path / "a.jpg")).shape[:2]
    assert sizes_of({"a": tmp_path / "a.jpg"}) == {"a": seen}
    assert seen == ((20, 30) if orientation < 5 else (30, 20))
