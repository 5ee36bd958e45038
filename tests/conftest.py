"""A data set of a few images that tests may train on and spoil."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinydet.datasets.named import AITOD_CLASSES
from tinydet.ops import describe

ROOT = Path(__file__).parents[1]
SIZE = 64


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"operators: {describe()}")


@pytest.fixture
def tool():
    """Import a script of ``tools/`` by its path: ``tool("train").main([...])``."""

    def load(name):
        path = ROOT / "tools" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"tools_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session", autouse=True)
def own_root(tmp_path_factory):
    """What the configs ``*_own.py`` read their classes from: OWN_ROOT with two of them."""
    root = tmp_path_factory.mktemp("own")
    categories = [dict(id=1, name="boat"), dict(id=2, name="ferry")]
    coco = dict(images=[], annotations=[], categories=categories)
    (root / "train.json").write_text(json.dumps(coco))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OWN_ROOT", str(root))
        yield root


@pytest.fixture
def tiny_data(tmp_path):
    """``data/synthetic``'s layout with four images of noise and bright boxes a split."""
    rng = np.random.default_rng(0)
    root = tmp_path / "data"
    (root / "annotations").mkdir(parents=True)
    for split in ("train", "val"):
        (root / split).mkdir()
        images, annotations = [], []
        for image_id in range(1, 5):
            pixels = rng.integers(0, 80, (SIZE, SIZE, 3), dtype=np.uint8)
            for _ in range(6):
                x, y = rng.integers(0, SIZE - 12, 2).tolist()
                w, h = rng.integers(4, 12, 2).tolist()
                pixels[y : y + h, x : x + w] = 200
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=image_id,
                        category_id=len(annotations) % 8 + 1,
                        bbox=[x, y, w, h],
                        area=w * h,
                        iscrowd=0,
                    )
                )
            name = f"{image_id}.png"
            Image.fromarray(pixels).save(root / split / name)
            images.append(dict(id=image_id, file_name=name, width=SIZE, height=SIZE))
        categories = [dict(id=i, name=name) for i, name in enumerate(AITOD_CLASSES, 1)]
        coco = dict(images=images, annotations=annotations, categories=categories)
        (root / "annotations" / f"{split}.json").write_text(json.dumps(coco))
    return root
