"""Each item of compat: what it changes, and that it changes nothing where it need not."""

import subprocess
import sys

import mmcv
import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.dataset import BaseDataset
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import Runner
from mmengine.structures import InstanceData
from torch import nn

from tinydet import compat
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
init_default_scope("mmdet")
loss = MODELS.build(dict(type="tinydet.RSIoULoss"))
assert "mmyolo" not in sys.modules
try:
    MODELS.build(dict(type="tinydet.YOLOv8LFFCSPDarknet"))
except ImportError as error:
    print(error)
"""


def test_without_mmyolo_the_rest_works_and_the_host_is_named():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MMYOLO], capture_output=True, text=True, check=True
    )
    assert "tinydet.YOLOv8LFFCSPDarknet is built on mmyolo==0.6.0" in done.stdout


def test_a_line_per_parameter_stays_out_of_the_log(capsys):
    from mmengine.logging import MMLogger

    for level, expected in (("INFO", False), ("DEBUG", True)):
        logger = MMLogger(f"quiet {level}", log_level=level)
        logger.info("paramwise_options -- x:lr=1")
        logger.info("a line of the user's")
        printed = capsys.readouterr()
        assert ("paramwise_options" in printed.out + printed.err) == expected
        assert "a line of the user's" in printed.out + printed.err
