"""The stand-in has what mmcv.ops asks for, and says what it cannot do."""

import ast
import importlib.util
import re
import sys
from pathlib import Path

import mmcv.ops
import pytest
import torch
from comparing import calling
from mmcv.ops import MaskedConv2d, RoIPool

from tinydet.ops.choice import FROM_TORCH, FROM_TORCHVISION
from tinydet.ops.extension import FUNCTIONS, NAME

SOURCES = sorted(Path(mmcv.ops.__file__).parent.glob("*.py"))
TOOLS = sorted((Path(__file__).parents[2] / "tools").rglob("*.py"))


def asked_for():
    """The names in all calls of ``ext_loader.load_ext("_ext", [...])``."""
    names = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "load_ext":
                names |= set(ast.literal_eval(node.args[1]))
    return names


def test_names(stand_in):
    names = asked_for()
    assert len(names) > 80
    assert set(FUNCTIONS) <= names, "these are called by nobody"
    for name in names - set(FUNCTIONS):
        with pytest.raises(NotImplementedError, match=f"operator {name} is not available"):
            getattr(stand_in, name)(1, some=2)
    assert not hasattr(stand_in, "__path__")
    assert not hasattr(stand_in, "_private")


def test_what_configs_need_is_here():
    assert set((FROM_TORCHVISION | FROM_TORCH).values()) <= set(FUNCTIONS)


def test_pythons_machinery_knows_the_module(stand_in, monkeypatch):
    monkeypatch.setitem(sys.modules, NAME, stand_in)
    spec = importlib.util.find_spec(NAME)
    assert spec is stand_in.__spec__
    assert spec.origin.endswith("extension.py")
    assert mmcv.utils.ext_loader.check_ops_exist()


def test_an_operator_that_nobody_needs(stand_in):
    with calling(stand_in):
        with pytest.raises(NotImplementedError, match="TINYDET_OPS=compile tools/setup.sh"):
            RoIPool(7)(torch.zeros(1, 1, 9, 9), torch.zeros(1, 5))
        with pytest.raises(NotImplementedError, match="masked_im2col_forward"):
            MaskedConv2d(1, 1, 3).eval()(torch.zeros(1, 1, 9, 9), torch.ones(1, 9, 9))


def test_versions(torchvision_ops, stand_in, monkeypatch):
    with calling(stand_in):
        assert "torchvision 0." in mmcv.ops.get_compiler_version()
        assert re.fullmatch(r"\d+\.\d+|not available", mmcv.ops.get_compiling_cuda_version())
        for number, words in ((-1, "not available"), (12060, "12.6"), (13000, "13.0")):
            monkeypatch.setattr(
                torch.ops.torchvision, "_cuda_version", lambda number=number: number
            )
            assert mmcv.ops.get_compiling_cuda_version() == words


@pytest.mark.parametrize("path", TOOLS, ids=lambda path: path.stem)
def test_tools_import_tinydet_before_what_needs_operators(path):
    """Without compiled operators mmdet can be imported only after tinydet."""
    for node in ast.parse(path.read_text()).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        roots = {name.split(".")[0] for name in names}
        if "tinydet" in roots:
            return
        assert not roots & {"mmdet", "mmyolo"}, ast.unparse(node)
        assert "mmcv.ops" not in names
