"""What is misspelt below the top level of a config is named, and a defect stays a defect."""

import pytest
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS, Registry
from mmengine.runner import Runner
from torch import nn

from tinydet.configuration.building import mistakes_named
from tinydet.errors import InputError


def build(config):
    with mistakes_named("mine.py"):
        return MODELS.build(config)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            dict(type="tinydet.SARLL"),
            "type='tinydet.SARLL' is not registered (did you mean 'SARL'?)",
        ),
        (dict(type="tinydet.Xyz"), "type='tinydet.Xyz' is not registered; correct"),
        (
            dict(type="tinydet.RSIoULoss", alfa=1),
            "RSIoULoss takes no 'alfa' (did you mean 'alpha'?)",
        ),
        # An argument that only the parent class names.
        (
            dict(type="tinydet.RSIoULoss", loss_weigt=1),
            "takes no 'loss_weigt' (did you mean 'loss_weight'?)",
        ),
        (
            dict(type="tinydet.TinyL1Loss", as_published=True),
            "TinyL1Loss has no published variant to switch to; leave as_published out",
        ),
        # A value that a part of ours refuses.
        (
            dict(type="tinydet.SRTOD", channels=2),
            "config mine.py: SRTOD: channels=2 must be a whole number of at least",
        ),
        # Inside another part.
        (
            dict(
                type="mmdet.RPNHead",
                in_channels=8,
                loss_bbox=dict(type="tinydet.NWDLoss", constnt=1),
            ),
            "NWDLoss takes no 'constnt' (did you mean 'constant'?)",
        ),
    ],
)
def test_misspelt_parts(config, sentence):
    with pytest.raises(InputError) as caught:
        build(config)
    assert str(caught.value).startswith("config mine.py: ")
    assert sentence in str(caught.value)


def test_misspelt_loaders_and_optimizers():
    loader = dict(dataset=[1, 2], sampler=dict(type="DefaultSampler"), batchsize=2)
    words = "DataLoader takes no 'batchsize' .*'batch_size'"
    with pytest.raises(InputError, match=words), mistakes_named("mine.py"):
        Runner.build_dataloader(loader)
    optimizer = dict(type="OptimWrapper", optimizer=dict(type="SGD", lrr=1))
    words = r"SGD takes no 'lrr' \(did you mean 'lr'\?\)"
    with pytest.raises(InputError, match=words), mistakes_named("mine.py"):
        build_optim_wrapper(nn.Linear(1, 1), optimizer)


def test_defects_keep_their_traceback():
    parts = Registry("parts")

    @parts.register_module()
    class Broken:
        def __init__(self, size):
            nn.Linear(size, size, colour=1)  # not what the config says

    @parts.register_module()
    def unequal(size):
        raise ValueError("not ours")

    with pytest.raises(ValueError, match="not ours"), mistakes_named("mine.py"):
        parts.build(dict(type="unequal", size=2))
    with pytest.raises(TypeError, match="colour"), mistakes_named("mine.py"):
        parts.build(dict(type="Broken", size=2))
    with pytest.raises(KeyError, match="x"), mistakes_named("mine.py"):
        {}["x"]
