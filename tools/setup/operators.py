#!/usr/bin/env python
"""Facts about torch and the operators of mmcv in the environment, for tools/setup.sh.

python tools/setup/operators.py torch        version of torch, if it is supported
python tools/setup/operators.py pair         torchvision for that torch, as a requirement of pip
python tools/setup/operators.py torchvision  version of torchvision, if its operators work
python tools/setup/operators.py mmcv         version of mmcv, if its compiled operators work
python tools/setup/operators.py records      installed packages, for the stamp; imports nothing

Each command prints one line: the fact, or the reason against it with exit code 1 (3 if torch is too
old). ``TINYDET_CPU_OPS=1`` accepts operators for the CPU alone beside a torch built for CUDA.
"""

from __future__ import annotations

import os
import runpy
import sys
import warnings
import zlib
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path

SUPPORTED = runpy.run_path(str(Path(__file__).parents[2] / "projects/tinydet/supported.py"))
RECORDED = ("torch", "torchvision", "mmcv", "mmcv-lite", "mmengine", "mmdet", "tinydet")
STABLE_ABI = (2, 14)  # torchvision 0.29, built for torch 2.14, also runs on later versions


class Unusable(Exception):
    """The reason why a package cannot be used, as a line for the user."""


class TooOld(Unusable):
    """This torch is too old."""


def explain(error: BaseException) -> str:
    """Return the first line of an exception, with its type unless it is ours."""
    line = (str(error).strip() or "no message").splitlines()[0]
    return line if isinstance(error, Unusable) else f"{type(error).__name__}: {line}"


def cpu_is_enough() -> bool:
    """Return whether operators for the CPU alone suffice."""
    import torch

    return torch.version.cuda is None or os.environ.get("TINYDET_CPU_OPS") == "1"


def find_torch() -> str:
    """Return the version of torch."""
    if util.find_spec("torch") is None:
        raise Unusable("there is no torch")
    import torch

    too_old = SUPPORTED["torch_too_old"](torch.__version__)
    if too_old:
        raise TooOld(too_old)
    return torch.__version__


def pair(torch_version: str) -> str:
    """Return the requirement of torchvision for a torch: ``>=0.27.0,<=0.27.1`` for 2.12.1."""
    major, minor, patch = SUPPORTED["release"](torch_version)
    if major != 2:
        raise Unusable(f"which torchvision goes with torch {torch_version} is not known")
    oldest = min(minor, STABLE_ABI[1])
    return f"torchvision>=0.{oldest + 15}.0,<=0.{minor + 15}.{patch}"


def check_nms(nms: Callable, device: str) -> None:
    """Check that NMS keeps the better of two boxes with IoU 0.8 and a separate box."""
    import torch

    boxes = torch.tensor([[0.0, 0, 10, 8], [0, 0, 10, 10], [20, 20, 30, 30]], device=device)
    kept = nms(boxes, torch.tensor([0.8, 0.9, 0.7], device=device), 0.5).tolist()
    if kept != [1, 2]:
        raise Unusable(f"nms on {device} keeps boxes {kept} where it should keep [1, 2]")


def find_torchvision() -> str:
    """Return the version of torchvision, if its operators work on this machine."""
    if util.find_spec("torchvision") is None:
        raise Unusable("there is no torchvision")
    import torch
    import torchvision

    name = f"torchvision {torchvision.__version__}"
    check_nms(torch.ops.torchvision.nms, "cpu")
    if not cpu_is_enough():
        if getattr(torchvision.version, "cuda", None) is None:
            raise Unusable(
                f"{name} is built for the CPU alone, torch {torch.__version__} for CUDA "
                f"{torch.version.cuda}"
            )
        if torch.cuda.is_available():
            check_nms(torch.ops.torchvision.nms, "cuda")
    return name


def find_mmcv() -> str:
    """Return the version of mmcv, if its compiled operators work on this machine."""
    if util.find_spec("mmcv") is None or util.find_spec("mmcv._ext") is None:
        raise Unusable("there is no mmcv with compiled operators")
    import mmcv
    import torch
    from mmcv import ops

    if not (2, 0, 1) <= SUPPORTED["release"](mmcv.__version__) < (2, 2):
        raise Unusable(f"mmcv is {mmcv.__version__}; mmdet needs 2.0.1 to 2.1")
    cuda = ops.get_compiling_cuda_version()

    def nms(*arguments) -> torch.Tensor:
        return ops.nms(*arguments)[1]

    check_nms(nms, "cpu")
    if not cpu_is_enough():
        if cuda == "not available":
            raise Unusable(
                f"mmcv {mmcv.__version__} was compiled for the CPU alone, torch "
                f"{torch.__version__} for CUDA {torch.version.cuda}"
            )
        if torch.cuda.is_available():
            check_nms(nms, "cuda")
    return f"mmcv {mmcv.__version__} ({'CPU' if cuda == 'not available' else 'CUDA ' + cuda})"


def records() -> str:
    """Return a line that changes whenever a package is changed, rebuilt or removed.

    The RECORD of a wheel contains a hash of each file, compiled files included.
    """
    parts = []
    for name in RECORDED:
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            parts.append(f"{name}=none")
            continue
        if util.find_spec(name.removesuffix("-lite")) is None:
            parts.append(f"{name}=gone")
            continue
        record = (found.read_text("RECORD") or "").encode()
        parts.append(f"{name}={found.version}:{zlib.crc32(record)}")
    return " ".join(parts)


ANSWERS: dict[str, Callable[[], str]] = {
    "torch": find_torch,
    "pair": lambda: pair(find_torch()),
    "torchvision": find_torchvision,
    "mmcv": find_mmcv,
    "records": records,
}


def main(argv: list[str]) -> int:
    if len(argv) != 1 or argv[0] not in ANSWERS:
        print(__doc__, file=sys.stderr)
        return 2
    warnings.simplefilter("ignore")
    try:
        print(ANSWERS[argv[0]]())
    except Exception as error:  # a broken package can raise anything
        print(explain(error))
        return 3 if isinstance(error, TooOld) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
