"""The one statement of versions."""

import re

import pytest
import torch
from config_tree import ROOT

from tinydet import checkpoints, supported
from tinydet.errors import InputError


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("2.13.0+cu130", (2, 13, 0)), ("2.6.0a0+git12", (2, 6, 0)), ("3.1", (3, 1, 0))],
)
def test_release(text, numbers):
    assert supported.release(text) == numbers


def test_what_is_too_old():
    assert supported.torch_too_old("2.6.0") is None
    assert supported.torch_too_old("2.15.0+cpu") is None
    assert supported.torch_too_old("2.5.1+cu121").startswith("torch 2.5.1+cu121 is older than 2.6")
    assert supported.torch_too_old("1.13.1")


def test_what_set_up_installs_is_supported():
    assert supported.torch_too_old(supported.TORCH_DEFAULT) is None
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(r'ARG TORCH="torch==(.+)"', dockerfile)[1] == supported.TORCH_DEFAULT


def test_checkpoints_are_not_read_by_an_older_one(monkeypatch):
    monkeypatch.setattr(torch, "__version__", "2.5.1")
    with pytest.raises(InputError, match=r"torch 2\.5\.1 is older than 2\.6"):
        checkpoints.allow_mmengine_classes()
