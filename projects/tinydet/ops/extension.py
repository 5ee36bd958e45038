"""The module that stands in for ``mmcv._ext``."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

import torch

from tinydet.ops import (
    deform_conv,
    deformable_attention,
    focal_loss,
    modulated_deform_conv,
    nms,
    roi_align,
    soft_nms,
)

NAME = "mmcv._ext"


def get_compiler_version() -> str:
    """Return the text that mmcv prints as its compiler."""
    import torchvision

    return f"none, operators of torchvision {torchvision.__version__}"


def get_compiling_cuda_version() -> str:
    """Return the CUDA of torchvision's operators in mmcv's format, such as ``13.0``."""
    version = torch.ops.torchvision._cuda_version()  # 13000; -1 for a build for the CPU
    return "not available" if version < 0 else f"{version // 1000}.{version % 1000 // 10}"


FUNCTIONS: dict[str, Callable] = {
    function.__name__: function
    for function in (
        nms.nms,
        soft_nms.softnms,
        roi_align.roi_align_forward,
        roi_align.roi_align_backward,
        deform_conv.deform_conv_forward,
        deform_conv.deform_conv_backward_input,
        deform_conv.deform_conv_backward_parameters,
        modulated_deform_conv.modulated_deform_conv_forward,
        modulated_deform_conv.modulated_deform_conv_backward,
        focal_loss.sigmoid_focal_loss_forward,
        focal_loss.sigmoid_focal_loss_backward,
        focal_loss.softmax_focal_loss_forward,
        focal_loss.softmax_focal_loss_backward,
        deformable_attention.ms_deform_attn_forward,
        deformable_attention.ms_deform_attn_backward,
        get_compiler_version,
        get_compiling_cuda_version,
    )
}


def _missing(name: str) -> Callable[..., NoReturn]:
    """Return a function that raises because mmcv's operator ``name`` is not available.

    ``mmcv.ops`` looks up all its functions on import, so the lookup itself must succeed.
    """
    if name.startswith("_"):
        raise AttributeError(f"module {NAME!r} has no attribute {name!r}")

    def missing(*args: object, **kwargs: object) -> NoReturn:
        raise NotImplementedError(
            f"mmcv's operator {name} is not available: this environment has mmcv without compiled "
            "operators, and those of torchvision that stand in for them do not include it; "
            "compile them by TINYDET_OPS=compile tools/setup.sh"
        )

    missing.__name__ = missing.__qualname__ = name
    return missing


class StandIn(Loader):
    """Loader of the module, so that Python treats it like any other module."""

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python create an empty module."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(FUNCTIONS, __getattr__=_missing, __doc__=__doc__)


def make_extension() -> ModuleType:
    """Return a module with the functions of ``mmcv._ext``; :mod:`tinydet.ops` lists them."""
    spec = ModuleSpec(NAME, StandIn(), origin=__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
