"""The sentence about a checkpoint, by hand and through mmengine's loader."""

import torch
from mmengine.model import BaseModule
from torch import nn

from tinydet.models.backbones import loading
from tinydet.models.backbones.loading import LoadingReport, loading_report


def tensors(**shapes):
    return {name.replace("__", "."): torch.zeros(shape) for name, shape in shapes.items()}


def test_a_checkpoint_that_fits_takes_one_clause():
    own = tensors(a__weight=(2, 3), a__num_batches_tracked=())
    assert loading_report("Net", own, tensors(a__weight=(2, 3))) == (
        "Net: 1 of 1 tensors loaded from the checkpoint"
    )


def test_every_kind_of_difference_is_named():
    own = tensors(a=(2,), b=(3, 4), c=(5,), d=(6,))
    given = tensors(a=(2,), b=(3, 1), e=(7,), f=(8,), f__num_batches_tracked=())
    assert loading_report("Net", own, given) == (
        "Net: 1 of 4 tensors loaded from the checkpoint; 2 not in it: c, d; "
        "1 of another shape: b (3, 1) instead of (3, 4); 2 in it without a place here: e, f"
    )


class Net(LoadingReport, BaseModule):
    def __init__(self, width, init_cfg=None):
        super().__init__(init_cfg)
        self.first = nn.Linear(2, 2)
        self.last = nn.Linear(2, width, bias=False)


def test_mmengines_loader_logs_it_and_loads_what_fits(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(loading, "print_log", lambda message, **_: said.append(message))
    old = Net(4)
    state = {f"backbone.{key}": value for key, value in old.state_dict().items()}
    torch.save(state, tmp_path / "detector.pth")
    start = dict(type="Pretrained", checkpoint=str(tmp_path / "detector.pth"), prefix="backbone.")
    new = Net(3, init_cfg=start)
    new.init_weights()
    assert torch.equal(new.first.weight, old.first.weight)
    assert said == [
        "Net: 2 of 3 tensors loaded from the checkpoint; "
        "1 of another shape: last.weight (4, 2) instead of (3, 2)"
    ]


def test_inside_a_larger_model_it_speaks_of_its_own_tensors(monkeypatch):
    said = []
    monkeypatch.setattr(loading, "print_log", lambda message, **_: said.append(message))
    detector = nn.ModuleDict(dict(backbone=Net(4), head=nn.Linear(4, 1)))
    detector.load_state_dict(detector.state_dict())
    assert said == ["Net: 3 of 3 tensors loaded from the checkpoint"]
