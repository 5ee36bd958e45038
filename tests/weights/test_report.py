"""What of a checkpoint a module took: by hand, and through every way that mmengine loads one."""

import logging

import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.model import BaseModule, MMDistributedDataParallel
from mmengine.registry import MODELS
from mmengine.runner import load_checkpoint
from torch import nn

from tinydet.errors import InputError
from tinydet.weights.outcome import Outcome, outcome


def tensors(**shapes):
    return {name.replace("__", "."): torch.zeros(shape) for name, shape in shapes.items()}


def test_a_checkpoint_that_fits_takes_one_clause():
    own = tensors(a__weight=(2, 3), a__num_batches_tracked=())
    result = outcome(own, tensors(a__weight=(2, 3)), ["a.num_batches_tracked"], [])
    assert result.sentence("Net", "x.pth") == "Net: 1 of 1 tensors loaded from x.pth"


def test_every_kind_of_difference_is_named():
    own = tensors(a=(2,), b=(3, 4), c=(5,), d=(6,))
    given = tensors(a=(2,), b=(3, 1), e=(7,), f=(8,), f__num_batches_tracked=())
    result = outcome(own, given, ["c", "d"], ["e", "f", "f.num_batches_tracked"])
    assert result.sentence("Net", "x.pth") == (
        "Net: 1 of 4 tensors loaded from x.pth; 2 not in it: c, d; "
        "1 of another shape: b (3, 1) instead of (3, 4); 2 in it without a place here: e, f"
    )


def test_a_long_list_is_cut_and_counted():
    names = [f"layer{number}" for number in range(9)]
    result = Outcome(own=["a"], missing=[], reshaped=[], unused=names)
    assert result.sentence("Net", "x.pth").endswith(
        "9 in it without a place here: layer0, layer1, layer2, layer3, layer4, layer5, …"
    )
    assert result.sentence("Net", "x.pth", limit=None).endswith("layer7, layer8")


class Net(BaseModule):
    def __init__(self, width, init_cfg=None):
        super().__init__(init_cfg)
        self.first = nn.Linear(2, 2)
        self.last = nn.Linear(2, width, bias=False)


def lines(logged):
    return [line for line in logged if "tensors loaded" in line]


@pytest.fixture
def detector(tmp_path):
    """A checkpoint of a detector with a backbone, and the backbone's state."""
    old = Net(4)
    path = tmp_path / "detector.pth"
    state = {f"backbone.{key}": value for key, value in old.state_dict().items()}
    torch.save(dict(state_dict=state | {"head.bias": torch.zeros(1)}), path)
    return path, old.state_dict()


def test_init_cfg_loads_what_fits_and_says_so_once(detector, logged):
    path, old = detector
    new = Net(3, init_cfg=dict(type="Pretrained", checkpoint=str(path), prefix="backbone."))
    new.init_weights()
    assert torch.equal(new.first.weight, old["first.weight"])
    assert lines(logged) == [
        f"WARNING Net: 2 of 3 tensors loaded from {path} (backbone.); "
        "1 of another shape: last.weight (4, 2) instead of (3, 2)"
    ]
    assert not any("do not match exactly" in line for line in logged)


@pytest.mark.parametrize("wrap", [False, True])
def test_load_from_counts_within_a_wrapper_too(tmp_path, logged, wrap):
    path = tmp_path / "x.pth"
    torch.save({f"module.{key}": value for key, value in Net(4).state_dict().items()}, path)
    model = Net(4)
    if wrap:
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1
        )
        try:
            load_checkpoint(MMDistributedDataParallel(model), str(path), logger="current")
        finally:
            torch.distributed.destroy_process_group()
    else:
        load_checkpoint(model, str(path), logger="current")
    assert lines(logged) == [f"INFO Net: 3 of 3 tensors loaded from {path}"]


def test_all_names_are_there_for_who_wants_them(tmp_path):
    state = Net(4).state_dict() | {f"extra{number}": torch.zeros(1) for number in range(9)}
    torch.save(state, tmp_path / "x.pth")
    records, logger = [], MMLogger.get_current_instance()
    logger.addFilter(lambda record: records.append(record) or True)
    load_checkpoint(Net(4), str(tmp_path / "x.pth"), logger=logger)
    short, full = (record for record in records if "tensors loaded" in record.getMessage())
    assert (short.levelno, full.levelno) == (logging.INFO, logging.DEBUG)
    assert "extra8" not in short.getMessage()
    assert "extra8" in full.getMessage()


def test_a_checkpoint_that_fills_nothing_is_refused(detector):
    path, _ = detector
    net = Net(4, init_cfg=dict(type="Pretrained", checkpoint=str(path)))
    with pytest.raises(InputError) as raised:
        net.init_weights()
    assert str(raised.value) == (
        f"{path} holds none of the 3 tensors of Net (first.weight, first.bias, …), but "
        "backbone.first.weight, backbone.first.bias, …; add prefix='backbone.' to init_cfg"
    )


def test_a_prefix_that_matches_nothing_is_refused(detector):
    path, _ = detector
    net = Net(4, init_cfg=dict(type="Pretrained", checkpoint=str(path), prefix="backbon"))
    with pytest.raises(
        InputError, match=r"nothing under prefix='backbon', but under backbone\., h"
    ):
        net.init_weights()


def test_tensors_that_a_module_makes_from_others_are_not_missing(tmp_path, logged):
    """mmcv's ConvAWS2d takes the mean and the deviation of the weights that it loads."""
    layer = MODELS.build(dict(type="ConvAWS", in_channels=2, out_channels=2, kernel_size=1))
    torch.save({"weight": torch.ones(2, 2, 1, 1), "bias": torch.ones(2)}, tmp_path / "x.pth")
    load_checkpoint(layer, str(tmp_path / "x.pth"), logger="current")
    assert "4 of 4 tensors loaded" in lines(logged)[0]
