"""Every registered loss, assigner and head states the facts that the checks rely on, and truly."""

import inspect

import pytest
import torch
from mmdet.models.task_modules.assigners import BaseAssigner
from mmengine.registry import DefaultScope

import tinydet.task_modules  # noqa: F401  registers the assigners
from tinydet.configuration.checks import check_model
from tinydet.configuration.contracts import COMPARES, CONTRACTS, LOSS_METHODS, contract_of
from tinydet.errors import InputError
from tinydet.models.losses import BoxLoss
from tinydet.models.losses.box_loss import UNITS
from tinydet.registry import MODELS, TASK_UTILS
from tinydet.task_modules.bounded_assigner import BoundedAssigner
from tinydet.testing.hosts import HOSTS
from tinydet.testing.loss_rows import config_of, registered_losses


def classes(registry):
    return sorted(filter(inspect.isclass, registry.module_dict.values()), key=lambda c: c.__name__)


LOSSES = registered_losses().values()
# The assigner of YOLOv8 is a module, not a BaseAssigner.
ASSIGNERS = [
    cls
    for cls in classes(TASK_UTILS)
    if issubclass(cls, BaseAssigner) or cls.__name__.endswith("Assigner")
]
HEADS = [cls for cls in classes(MODELS) if cls.__name__.endswith("Head")]


def boxes(*rows):
    return torch.tensor(rows, dtype=torch.float64)


PRED = boxes([1, 0, 9, 8], [20, 22, 33, 40])
TARGET = boxes([0, 0, 8, 9], [21, 20, 35, 38])


def values(loss, pred, target):
    config = dict(config_of(loss), reduction="none")
    return MODELS.build(config).eval()(pred, target)


# Of cx, cy, w, h in units of the image; of features.
OTHERS = {"TinyL1Loss", "InfoNCELoss"}


def test_every_loss_is_a_box_loss():
    named = [cls for cls in classes(MODELS) if cls.__name__.endswith("Loss")]
    named = [cls for cls in named if cls.__name__ not in OTHERS]
    assert named == sorted(LOSSES, key=lambda cls: cls.__name__)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda cls: cls.__name__)
def test_the_unit_of_a_loss_is_the_stated_one(loss):
    assert loss.unit in UNITS
    plain, scaled = values(loss, PRED, TARGET), values(loss, 8 * PRED, 8 * TARGET)
    same = torch.allclose(plain, scaled, rtol=1e-4, atol=1e-6)
    assert same == (loss.unit == "any")


@pytest.mark.parametrize("loss", LOSSES, ids=lambda cls: cls.__name__)
def test_only_losses_that_need_batch_areas_compare_areas(loss):
    # Beside a larger pair of the same IoU, the middle one of three pairs costs the same or not.
    middle = [
        values(loss, *(torch.cat([pair, factor * pair[1:]]) for pair in (PRED, TARGET)))[1]
        for factor in (2, 3)
    ]
    assert torch.allclose(*middle, rtol=1e-4, atol=1e-6) != loss.needs_batch_areas
    assert hasattr(loss, "set_area_range") == loss.needs_batch_areas


@pytest.mark.parametrize("assigner", ASSIGNERS, ids=lambda cls: cls.__name__)
def test_what_an_assigner_compares_fits_some_head(assigner):
    assert assigner.compares in COMPARES
    assert any(assigner.compares in contract.assigners for contract in CONTRACTS.values())


@pytest.mark.parametrize("head", HEADS, ids=lambda cls: cls.__name__)
def test_a_head_has_a_contract_or_says_that_there_is_none(head):
    stated = [cls for cls in head.__mro__ if "contract_changes" in vars(cls)]
    own_loss = any(method in vars(head) for method in LOSS_METHODS)
    assert stated or not own_loss
    assert contract_of(head) or stated[0].contract_changes is None


def test_the_heads_that_contracts_name_are_registered():
    pytest.importorskip("mmyolo")
    for contract in CONTRACTS.values():
        named = [name for name in (contract.instead, contract.matcher) if name]
        assert all(contract_of(MODELS.get(name)) for name in named)


def test_a_loss_without_a_unit_cannot_be_built():
    class Silent(BoxLoss):
        def pairwise(self, pred, target):
            raise AssertionError

    with pytest.raises(TypeError, match="abstract.*unit"):
        Silent()


def test_an_assigner_that_does_not_say_what_it_compares_cannot_be_built():
    class Silent(BoundedAssigner):
        def match(self, priors, gts):
            raise AssertionError

    with pytest.raises(TypeError, match="abstract.*compares"):
        Silent(None)


def test_a_registered_assigner_that_says_nothing_is_refused_by_the_check(monkeypatch):
    silent = type("SilentAssigner", (BaseAssigner,), dict(assign=None))
    monkeypatch.setitem(TASK_UTILS.module_dict, "SilentAssigner", silent)
    model = HOSTS["RetinaNet"].model()
    model.train_cfg.assigner = dict(type="tinydet.SilentAssigner")
    refused = pytest.raises(
        InputError, match="SilentAssigner.compares=None is none of priors by thr"
    )
    with DefaultScope.overwrite_default_scope("mmdet"), refused:
        check_model(model)
