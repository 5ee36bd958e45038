"""What tests share: that none leaves a trace, and a data set to train on and to spoil."""

import functools
import gc
import importlib.util
import json
import logging
import sys
from unittest import mock

import numpy as np
import pytest
from config_tree import CONFIGS, ROOT, load, shrink
from data_files import COUNT, write_coco, write_voc
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from mmengine.utils import ManagerMixin
from PIL import Image

from tinydet.configuration.known_keys import run_keys
from tinydet.datasets.named import AITOD_CLASSES
from tinydet.ops import describe

SIZE = 64
CONFIG = """
train_cfg = dict(max_epochs=3)
train_dataloader = dict(batch_size=2)
default_hooks = dict(checkpoint=dict(type="CheckpointHook", max_keep_ckpts=1))
auto_scale_lr = dict(base_batch_size=8)
test_evaluator = dict(
    type="mmdet.CocoMetric", ann_file="data/val.json", proposal_nums=(1, 10, 100)
)
"""
TABLE = """row,config,data,split,AP,AP50,source,note
A,one/a.py,toy,val,21.0,50.0,paper,
B,two/ablations/b.py,toy,val,22.0,,paper,printed twice
C,,toy,val,30.0,,paper,no config: no code
"""


@pytest.fixture
def tool(monkeypatch):
    """Import a script of ``tools/`` by its path: ``tool("train").main([...])``."""

    def load(name):
        path = ROOT / "tools" / f"{name}.py"
        monkeypatch.syspath_prepend(path.parent)  # as Python does for a script
        spec = importlib.util.spec_from_file_location(f"tools_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load


def pytest_collection_finish(session):
    """Collect garbage among what tests make alone: mmengine does so for each data set."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter, config):
    """Say, after -q too, on which operators and in which order the tests were run."""
    terminalreporter.write_line(f"operators: {describe()}")
    seed = getattr(config.option, "randomly_seed", None)
    if seed is not None:
        terminalreporter.write_line(f"random order; to repeat it: pytest --randomly-seed={seed}")


def _kinds(base=ManagerMixin):
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _forgetting():
    """Take back the current scope, logger, visualizer, ...: mmengine keeps them for the process.

    A scope decides what a ``type`` means, a logger writes to the stream that was captured when it
    was made, and a visualizer to the folder of its run: those of one test are wrong in the next.
    """
    before = {kind: kind._instance_dict.copy() for kind in _kinds()}
    yield
    for kind in _kinds():
        kind._instance_dict.clear()
        kind._instance_dict.update(before.get(kind, {}))


# Around the fixtures of a module, and around each test.
forgetting_module = pytest.fixture(scope="module", autouse=True)(_forgetting)
forgetting = pytest.fixture(autouse=True)(_forgetting)


@pytest.fixture
def logged():
    """What is logged outside of runs: a list that grows."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(f"{record.levelname} {record.getMessage()}")
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


@pytest.fixture(scope="session", autouse=True)
def roots(tmp_path_factory):
    """What configs read while they load: classes of ``*_own.py``, ``constant="auto"``."""
    root = tmp_path_factory.mktemp("roots")
    boxes = np.array([[[0, 0, 12, 12]]] * COUNT)
    files = dict(
        OWN_ROOT=("train.json", ["boat", "ferry"]),
        COCO_ROOT=("annotations/instances_train2017.json", ["car"]),
        VISDRONE_ROOT=("annotations/visdrone_train.json", ["car"]),
        DOTAV2_ROOT=("dota_v2.0_train.json", ["small-vehicle"]),
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, (file, classes) in files.items():
            write_coco(root / name / file, ["0.jpg", "1.jpg"], boxes, classes)
            patch.setenv(name, str(root / name))
        for year in (2007, 2012):
            write_voc(root / f"VOC_ROOT/VOC{year}", "trainval", boxes, ["car"])
        patch.setenv("VOC_ROOT", str(root / "VOC_ROOT"))
        yield root


@pytest.fixture(scope="session")
def loaded(roots):
    """Return a function from the path of a config to it, read once; tests leave it as it is."""
    return lambda path: load(path).config


@pytest.fixture(scope="session", autouse=True)
def unformatted():
    """Runs log and save their configs as they are: yapf takes a second to break the lines."""
    init = Runner.__init__

    @functools.wraps(init)
    def plainly(*args, **kwargs):
        with mock.patch("mmengine.config.config.FormatCode", lambda text, **_: (text, True)):
            init(*args, **kwargs)

    with mock.patch.object(Runner, "__init__", plainly):
        yield


@pytest.fixture(scope="session")
def small_config(loaded, tmp_path_factory):
    """LR-Net's config of the synthetic images at half of their size, in a file without bases."""
    whole = loaded(CONFIGS / "lrnet/lrnet_n_14e_synthetic.py")
    keys = {key: value for key, value in whole.to_dict().items() if key in run_keys()}
    text = Config(shrink(keys, 0.5)).dump()
    path = tmp_path_factory.mktemp("small") / "lrnet_small.py"
    path.write_text(text.replace(whole.data_root, "{{$SYNTHETIC_ROOT:data/synthetic}}"))
    return str(path)


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


@pytest.fixture
def tree(tmp_path):
    """Configs ``one/a.py``, ``two/ablations/b.py`` and ``tables/toy.csv`` with three rows."""
    root = tmp_path / "configs"
    for name in ("one/a.py", "two/ablations/b.py"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(CONFIG)
    (root / "tables").mkdir()
    (root / "tables/toy.csv").write_text(TABLE)
    return root
