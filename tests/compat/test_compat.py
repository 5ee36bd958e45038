"""Each item of compat: what it changes, and that it changes nothing where it need not."""

import os
import subprocess
import sys
import warnings

import mmcv
import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.dataset import BaseDataset
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import Runner
from mmengine.runner.activation_checkpointing import turn_on_activation_checkpointing
from mmengine.structures import InstanceData
from torch import nn

from tinydet import compat, log
from tinydet.checkpoints import check_fits


class Numbers(BaseDataset):
    def load_data_list(self):
        return [dict(value=value) for value in range(4)]

    def prepare_data(self, idx):
        return idx


def loader(**collate):
    return Runner.build_dataloader(
        dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type="DefaultSampler", shuffle=False),
            dataset=Numbers(serialize_data=False),
            collate_fn=collate,
        )
    )


@pytest.mark.parametrize(
    "collate",
    [
        dict(type="yolov5_collate", _scope_="mmyolo"),
        dict(type="mmyolo.yolov5_collate"),
    ],
)
def test_a_scope_in_collate_fn_is_resolved(collate):
    pytest.importorskip("mmyolo")
    function = loader(**collate).collate_fn
    assert function.func.__name__ == "yolov5_collate"
    assert function.keywords == {}


def test_a_plain_collate_fn_stays():
    function = loader(type="pseudo_collate").collate_fn
    assert function.func.__name__ == "pseudo_collate"


def test_a_fast_batch_of_mmyolo_names_its_images():
    pytest.importorskip("mmyolo")
    collate = loader(type="mmyolo.yolov5_collate").collate_fn
    items = []
    for name in ("a.png", "b.png"):
        objects = InstanceData(
            bboxes=HorizontalBoxes(torch.ones(2, 4)), labels=torch.zeros(2, dtype=torch.long)
        )
        sample = DetDataSample(gt_instances=objects, metainfo=dict(img_path=name))
        items.append(dict(inputs=torch.zeros(3, 8, 8), data_samples=sample))
    batch = collate(items)["data_samples"]
    assert batch["img_paths"] == ["a.png", "b.png"]
    assert batch["bboxes_labels"][:, 0].tolist() == [0, 0, 1, 1]


def test_mmyolo_imports_and_mmcv_keeps_its_version():
    pytest.importorskip("mmyolo")
    from importlib.metadata import version

    assert mmcv.__version__ == version("mmcv")


def test_applying_twice_wraps_once():
    before = Runner.build_dataloader, Runner.wrap_model, MMDistributedDataParallel.__init__
    compat.apply()
    assert before == (
        Runner.build_dataloader,
        Runner.wrap_model,
        MMDistributedDataParallel.__init__,
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="the item is for machines without a GPU")
def test_ddp_on_a_cpu(tmp_path):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path / 'rendezvous'}", rank=0, world_size=1
    )
    try:
        model = MMDistributedDataParallel(nn.Linear(2, 1), device_ids=[0])
        assert model(torch.ones(1, 2)).shape == (1, 1)
        # A checkpoint never has the wrapper's prefix.
        check_fits(model, dict(state_dict=nn.Linear(2, 1).state_dict()), "x.pth")
    finally:
        torch.distributed.destroy_process_group()


WITHOUT_MMYOLO = """
import importlib.util, sys
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "mmyolo" else real(name, *rest)
import tinydet
from mmengine.registry import MODELS, init_default_scope
from tinydet.errors import InputError
init_default_scope("mmdet")
loss = MODELS.build(dict(type="tinydet.RSIoULoss"))
assert "mmyolo" not in sys.modules
try:
    MODELS.build(dict(type="tinydet.YOLOv8LFFCSPDarknet"))
except InputError as error:
    print(error)
"""


def test_without_mmyolo_the_rest_works_and_the_host_is_named():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MMYOLO], capture_output=True, text=True, check=True
    )
    assert "tinydet.YOLOv8LFFCSPDarknet is built on mmyolo==0.6.0" in done.stdout


WITH_BROKEN_MMYOLO = """
import tinydet
from mmengine.registry import MODELS, TASK_UTILS, init_default_scope
from tinydet.configuration.building import mistakes_named
from tinydet.errors import InputError
init_default_scope("mmdet")
MODELS.build(dict(type="tinydet.RSIoULoss"))
TASK_UTILS.build(dict(type="tinydet.NWDOverlaps", constant=8))
for part in ("tinydet.YOLOv8PixelHead", "mmyolo.YOLOv8Head"):
    try:
        with mistakes_named("mine.py"):
            MODELS.build(dict(type=part))
    except InputError as error:
        print(error)
"""
REINSTALL = "pip install --no-deps --force-reinstall mmyolo==0.6.0 mmdet==3.3.0 mmengine=="
VERSIONS = """
import mmdet, mmengine
assert mmdet.__version__ < "3.1", f"MMDetection=={mmdet.__version__} is used but incompatible."
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text", "cause", "cure"),
    [
        ("__init__", "import not_there", "No module named 'not_there'", ": install not_there, or"),
        ("__init__", VERSIONS, "AssertionError: MMDetection==3", REINSTALL),
        ("__init__", "def (", "SyntaxError: ", REINSTALL),
        ("models", "from mmengine import lost", "ImportError: cannot import name", REINSTALL),
        ("models", "raise ValueError", "ValueError: no message", "or pip uninstall mmyolo"),
    ],
)
def test_a_broken_mmyolo_is_an_absent_one(tmp_path, name, text, cause, cure):
    (tmp_path / "mmyolo").mkdir()
    (tmp_path / "mmyolo" / "__init__.py").write_text("")
    (tmp_path / "mmyolo" / f"{name}.py").write_text(text)
    paths = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    done = subprocess.run(
        [sys.executable, "-c", WITH_BROKEN_MMYOLO],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    warned = [line for line in done.stderr.splitlines() if "mmyolo is broken" in line]
    assert len(warned) == 1
    ours, theirs = done.stdout.splitlines()[-2:]
    assert "tinydet.YOLOv8PixelHead is built on mmyolo==0.6.0, which is broken" in ours
    assert "config mine.py: type='mmyolo.YOLOv8Head' is of mmyolo, which is broken" in theirs
    for sentence in (*warned, ours, theirs):
        assert cause in sentence
        assert cure in sentence


def test_checkpointed_activations_have_the_gradients_of_plain_ones():
    """Also where the module takes a tuple, whose tensors torch's older way does not find."""

    def gradients(checkpointed):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 2), Pair(), nn.Linear(4, 1))
        if checkpointed:
            turn_on_activation_checkpointing(model, ["1.neck"])
        model(torch.ones(1, 2)).sum().backward()
        return [parameter.grad for parameter in model.parameters()]

    plain, checkpointed = gradients(False), gradients(True)
    assert all(grad.abs().sum() > 0 for grad in plain)
    torch.testing.assert_close(checkpointed, plain)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.neck = Neck()

    def forward(self, x):
        return torch.cat(self.neck((x, 2 * x)), 1)


class Neck(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, levels):
        return tuple(self.layer(level) for level in levels)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Detected call of `lr_scheduler.step()` before `optimizer.step()`", True),
        ("pkg_resources is deprecated as an API", False),
    ],
)
def test_warnings_that_help_are_shown(monkeypatch, message, shown):
    monkeypatch.setattr(sys, "warnoptions", [])
    with warnings.catch_warnings(record=True) as caught:
        warnings.resetwarnings()
        log.quieten_warnings()
        warnings.warn(message, stacklevel=1)
    assert [str(one.message) for one in caught] == [message] * shown


def test_a_line_per_parameter_stays_out_of_the_log(capsys):
    from mmengine.logging import MMLogger

    for level, expected in (("INFO", False), ("DEBUG", True)):
        logger = MMLogger(f"quiet {level}", log_level=level)
        logger.info("paramwise_options -- x:lr=1")
        logger.info("a line of the user's")
        printed = capsys.readouterr()
        assert ("paramwise_options" in printed.out + printed.err) == expected
        assert "a line of the user's" in printed.out + printed.err
