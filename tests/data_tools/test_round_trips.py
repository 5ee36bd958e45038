"""Every pair of formats: no picture, box, class or flag gets lost, and no fraction of a pixel."""

import tempfile
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tinydet.boxes import Boxes
from tinydet.data_tools.difference import difference
from tinydet.data_tools.faults import Faults
from tinydet.data_tools.formats import READERS, WRITERS
from tinydet.data_tools.image_folder import ImageFolder
from tinydet.data_tools.pictures import DataSet, Picture
from tinydet.data_tools.source import Source, Target

SIZES = {"a.png": (64, 48), "b/a.png": (333, 97), "b/c.d.png": (1, 1), "ä ö.png": (50, 50)}
CLASSES = ["person", "small car", "ß & <b>"]
FILES = {"coco": "x.json", "csv": "x.csv", "yolo": "x", "voc": "x"}


@cache
def images():
    root = Path(tempfile.mkdtemp())
    for name, size in SIZES.items():
        (root / name).parent.mkdir(exist_ok=True)
        Image.new("L", size).save(root / name)
    return root


@st.composite
def pictures(draw, name):
    """A picture with boxes that may reach over its border, of 1/1000 px to twice its size."""
    width, height = SIZES[name]
    share = st.floats(0, 1)
    rows = draw(
        st.lists(st.tuples(share, share, share, share, st.integers(0, 2), st.integers(0, 3)))
    )
    table = np.array(rows, np.float64).reshape(-1, 6)
    size = 1e-3 + table[:, 2:4] * [width, height]
    boxes = np.concatenate([table[:, :2] * [width, height] - size / 2, size], 1)
    regions = draw(st.sampled_from([None, np.array([[0.0, 0, 1, 1]])]))
    return Picture(
        name,
        width,
        height,
        Boxes(boxes, table[:, 4].astype(np.int64), format="xywh"),
        table[:, 5].astype(np.int8),
        regions,
    )


@st.composite
def data_sets(draw):
    names = draw(st.lists(st.sampled_from(list(SIZES)), min_size=1, unique=True))
    return DataSet(CLASSES, [draw(pictures(name)) for name in sorted(names)])


def through(data, form, folder):
    """Write a data set and read it back."""
    path = folder / FILES[form]
    faults = Faults()
    WRITERS[form]({"x": data}, Target(path, faults, images()))
    ann = path / "data.yaml" if form == "yolo" else path
    source = Source(ann, faults, ImageFolder(images(), faults), CLASSES)
    (back,) = READERS[form](source).values()
    return back


@pytest.mark.parametrize("forms", product(WRITERS, WRITERS), ids="-".join)
@settings(max_examples=8, deadline=None)
@given(data=data_sets())
def test_nothing_gets_lost(forms, data):
    with tempfile.TemporaryDirectory() as folder:
        back = data
        for number, form in enumerate(forms):
            (inner := Path(folder, str(number))).mkdir()
            back = through(back, form, inner)
    found = difference(data, back)
    assert (found.pictures, found.boxes) == (0, 0)
    assert found.change < 1e-12 * 333


@settings(max_examples=20, deadline=None)
@given(data=data_sets())
def test_coco_keeps_every_digit(data):
    with tempfile.TemporaryDirectory() as folder:
        assert difference(data, through(data, "coco", Path(folder))) == (0, 0, 0.0)
