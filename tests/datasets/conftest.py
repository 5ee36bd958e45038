"""A data set of three images, small enough to check by eye."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

WIDTH, HEIGHT = 40, 30


def box(ann_id, image_id, category_id, bbox, **more):
    area = bbox[2] * bbox[3]
    return dict(id=ann_id, image_id=image_id, category_id=category_id, bbox=bbox, area=area, **more)


@pytest.fixture
def coco():
    """Two classes; the first image has two objects, the second a crowd, the third none."""
    return dict(
        images=[
            dict(id=10 * n, file_name=f"{n}.png", width=WIDTH, height=HEIGHT) for n in (1, 2, 3)
        ],
        categories=[dict(id=1, name="car"), dict(id=5, name="person")],
        annotations=[
            box(1, 10, 1, [4, 5, 8.5, 6]),
            box(2, 10, 5, [20, 10, 2, 3.5]),
            box(3, 20, 5, [0, 0, 40, 30], iscrowd=1),
        ],
    )


@pytest.fixture
def root(tmp_path):
    """A folder with ``images/{1,2,3}.png`` of random pixels."""
    (tmp_path / "images").mkdir()
    rng = np.random.default_rng(0)
    for number in (1, 2, 3):
        pixels = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / "images" / f"{number}.png"), pixels)
    return tmp_path


@pytest.fixture
def write(root):
    """Return a function that writes a COCO dictionary, or text, to ``ann.json``."""

    def write_to_file(content) -> Path:
        path = root / "ann.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write_to_file
