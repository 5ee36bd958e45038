"""The choice between mmcv's compiled operators and torchvision's.

By default, the compiled operators are used if they can be imported, and torchvision's otherwise.
The environment variable ``TINYDET_OPS``, which ``tools/setup.sh`` reads too, overrides the default:
``torchvision`` even beside compiled operators, ``compile`` for compiled operators only.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
import warnings
from types import ModuleType

import torch

from tinydet.errors import InputError, did_you_mean

VARIABLE = "TINYDET_OPS"
CHOICES = ("compile", "torchvision")

# Operators that configs need, and the first function of each in mmcv._ext.
FROM_TORCHVISION = {
    "nms": "nms",
    "roi_align": "roi_align_forward",
    "deform_conv2d": "deform_conv_forward",
    "modulated_deform_conv2d": "modulated_deform_conv_forward",
}
FROM_TORCH = {
    "soft_nms": "softnms",
    "sigmoid_focal_loss": "sigmoid_focal_loss_forward",
    "softmax_focal_loss": "softmax_focal_loss_forward",
    "ms_deform_attn": "ms_deform_attn_forward",
}


def choose() -> None:
    """Put torchvision's operators under ``mmcv.ops`` unless the compiled operators are used.

    Without either, nothing changes, and mmcv itself raises an error on import.

    Raises:
        InputError: ``TINYDET_OPS`` has an unknown value, or selects torchvision's operators, which
            cannot be used; the sentence says why.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in ("", *CHOICES):
        raise InputError(
            f"{VARIABLE}={wanted} is neither {' nor '.join(CHOICES)}{did_you_mean(wanted, CHOICES)}"
        )
    if wanted == "compile" or stands_in():
        return
    problem = "" if wanted == "torchvision" else compiled_problem()
    if problem is None:
        return
    reason = torchvision_problem()
    if reason and wanted == "torchvision":
        raise InputError(
            f"{VARIABLE}=torchvision, but torchvision's operators cannot be used: {reason}; "
            f"run tools/setup.sh, or unset {VARIABLE}"
        )
    if reason is None:
        put_in_place()
        if problem:
            warnings.warn(
                f"mmcv's compiled operators cannot be imported ({problem}); torchvision's are "
                "used. If mmcv was compiled for another torch, tools/setup.sh replaces it",
                stacklevel=2,
            )


def compiled_problem() -> str | None:
    """Return why mmcv's compiled operators cannot be used: "" if absent, None if they can."""
    if importlib.util.find_spec("mmcv._ext") is None:
        return ""
    try:
        importlib.import_module("mmcv._ext")
    except ImportError as error:
        return _first_line(error)
    return None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or "no message").splitlines()[0]


@functools.cache
def torchvision_problem() -> str | None:
    """Return why torchvision's operators cannot be used here, or None if they can."""
    try:
        import torchvision

        boxes = torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 2]])
        kept = torch.ops.torchvision.nms(boxes, torch.tensor([0.5, 1.0]), 0.5)
    except Exception as error:  # a build for another torch can raise anything
        return f"{type(error).__name__}: {_first_line(error)}"
    if kept.tolist() != [1]:
        return f"its nms keeps {kept.tolist()} of two equal boxes"
    # Without touching the GPU, because that would allocate memory in every process.
    if torch.cuda.is_available() and torch.ops.torchvision._cuda_version() < 0:
        return f"torchvision {torchvision.__version__} is built for the CPU, but there is a GPU"
    return None


def put_in_place() -> None:
    """Install the stand-in as ``mmcv._ext``, also in modules of mmcv that imported the original."""
    from tinydet.ops.extension import NAME, make_extension

    mmcv = importlib.import_module("mmcv")
    mmcv._ext = sys.modules[NAME] = module = make_extension()
    for name, user in list(sys.modules.items()):
        if name.startswith("mmcv.ops.") and hasattr(user, "ext_module"):
            user.ext_module = module


def _in_use() -> ModuleType | None:
    """Return the module that ``mmcv.ops`` calls, or None if it cannot be imported."""
    try:
        return importlib.import_module("mmcv._ext")
    except ImportError:
        return None


def stands_in() -> bool:
    """Return whether ``mmcv.ops`` uses torchvision's operators."""
    from tinydet.ops.extension import NAME, StandIn

    spec = getattr(sys.modules.get(NAME), "__spec__", None)
    return isinstance(getattr(spec, "loader", None), StandIn)


def origin() -> dict[str, str]:
    """Return the origin of each operator that configs need.

    Returns:
        ``{operator: origin}``, with ``compiled mmcv``, ``torchvision <version>``, ``torch`` or
        ``missing`` as the origin.
    """
    if stands_in():
        import torchvision

        own = f"torchvision {torchvision.__version__}"
        return dict.fromkeys(FROM_TORCHVISION, own) | dict.fromkeys(FROM_TORCH, "torch")
    module = _in_use()
    return {
        name: "compiled mmcv" if hasattr(module, function) else "missing"
        for name, function in (FROM_TORCHVISION | FROM_TORCH).items()
    }


def describe() -> str:
    """Return one line with the origin of all operators, for the log of a test session."""
    places: dict[str, list[str]] = {}
    for name, place in origin().items():
        places.setdefault(place, []).append(name)
    return "; ".join(f"{place}: {', '.join(names)}" for place, names in places.items())
