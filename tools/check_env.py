#!/usr/bin/env python
"""Print the relevant versions, and the origin and state of each operator, for bug reports.

The last line says how to mend what does not work.

python tools/check_env.py
python tools/check_env.py --json
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import platform
import re
import runpy
import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).parent
SETUP = TOOLS / "setup"
VENV = TOOLS.parent / ".venv"  # made by tools/setup.sh
SUPPORTED = runpy.run_path(str(TOOLS.parent / "projects/tinydet/supported.py"))
PACKAGES = (
    "torch",
    "torchvision",
    "mmcv",
    "mmengine",
    "mmdet",
    "mmyolo",
    "numpy",
    "cv2",
    "ultrafast_pycocotools",
    "pycocotools",
    "tinydet",
)
OPTIONAL = {"mmyolo", "torchvision"}
ABSENT = "not installed"  # for optional packages


def version(name: str) -> str:
    """Return the version of a package, or why it cannot be imported."""
    try:
        module = importlib.import_module(name)
    except Exception as error:  # a broken package can raise anything
        if name in OPTIONAL and isinstance(error, ModuleNotFoundError) and error.name == name:
            return ABSENT
        return f"MISSING: {type(error).__name__}: {error}"
    if hasattr(module, "__version__"):
        return module.__version__
    from importlib.metadata import version as installed

    return installed(name.replace("_", "-"))


def commit() -> str:
    """Return the commit of this checkout, with a plus for changed files."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        done = subprocess.run(
            [*git, "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "not a git checkout"
    return done.stdout.strip()


def first_line(error: BaseException) -> str:
    """Return the type of an exception and the first line of its message."""
    return f"{type(error).__name__}: {(str(error).strip() or 'no message').splitlines()[0]}"


def runs(flags: list[str], capability: tuple[int, int]) -> bool:
    """Return whether code built for ``flags`` (``sm_80``, ``compute_120``) runs on a GPU.

    A binary runs on GPUs with the same major version and no lower minor version; PTX runs on all
    GPUs with no lower version.
    """
    for kind, major, minor in re.findall(r"(sm|compute)_(\d+)(\d)", " ".join(flags)):
        built = (int(major), int(minor))
        if built <= capability and (kind == "compute" or built[0] == capability[0]):
            return True
    return False


def gpu_rows() -> dict[str, str]:
    """Return the CUDA of torch, the driver and the visible GPUs."""
    import torch

    if torch.version.cuda is None:
        return {"CUDA": "none: torch is built for the CPU"}
    from tinydet.devices import driver_version, why_no_gpu

    rows = {"CUDA": torch.version.cuda, "driver": driver_version() or "none"}
    asked = [sys.executable, str(SETUP / "compiler.py"), "--nvcc"]
    rows["nvcc"] = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    flags = (torch._C._cuda_getArchFlags() or "").split()
    rows["torch is built for"] = " ".join(flags)
    reason = why_no_gpu()
    if reason:
        # No driver is normal on a login node and while an image is built.
        expected = "no NVIDIA driver" in reason or "hides the GPUs" in reason
        rows["GPU"] = reason if expected else f"FAILS: {reason}"
    for i in range(torch.cuda.device_count() if reason is None else 0):
        capability = torch.cuda.get_device_capability(i)
        rows[f"GPU {i}"] = f"{torch.cuda.get_device_name(i)}, sm_{capability[0]}{capability[1]}"
        if not runs(flags, capability):
            rows[f"GPU {i}"] = f"FAILS: {rows[f'GPU {i}']} is not among what torch is built for"
    return rows


def operator_rows() -> dict[str, str]:
    """Return the state of each operator of mmcv on the CPU and on the visible GPU."""
    import torch

    from tinydet.ops.checks import check_all

    return check_all(["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"])


def compiled_row() -> dict[str, str]:
    """Return the CUDA of mmcv's compiled operators; empty without compiled operators."""
    import torch
    from mmcv import ops

    from tinydet.ops import origin

    if "compiled mmcv" not in origin().values():
        return {}
    cuda = ops.get_compiling_cuda_version()
    if cuda != "not available":
        return {"mmcv is compiled for": f"CUDA {cuda}"}
    wanted = torch.version.cuda is not None and os.environ.get("TINYDET_CPU_OPS") != "1"
    fails = f"FAILS: the CPU alone, and torch is built for CUDA {torch.version.cuda}"
    return {"mmcv is compiled for": fails if wanted else "the CPU alone"}


def gather() -> dict[str, str]:
    """Return every row of the report; a wrong value begins with MISSING or FAILS."""
    rows = {"python": sys.version.split()[0], "platform": platform.platform()}
    with contextlib.redirect_stderr(io.StringIO()):
        rows |= {name: version(name) for name in PACKAGES}
    rows["tinydet commit"] = commit()
    if not rows["torch"].startswith("MISSING"):
        too_old = SUPPORTED["torch_too_old"](rows["torch"])
        rows["torch"] = f"FAILS: {too_old}" if too_old else rows["torch"]
        for name, part in (
            ("GPU", gpu_rows),
            ("mmcv is compiled for", compiled_row),
            ("operators", operator_rows),
        ):
            try:
                rows |= part()
            except Exception as error:  # a package that does not import gets a row
                rows[name] = f"FAILS: {first_line(error)}"
    return rows


def cure(name: str, value: str) -> str:
    """Return the command or step that mends a wrong row."""
    active = "" if Path(sys.prefix) == VENV else "TINYDET_ENV=active "
    if name in ("torch", "GPU") and value.startswith("FAILS"):
        return value.removeprefix("FAILS: ")  # contains the cure
    if name.startswith("GPU"):
        return "install a torch that is built for this GPU"
    if "no kernel image" in value:
        import torch

        major, minor = torch.cuda.get_device_capability()
        return (
            f"{sys.executable} -m pip uninstall -y mmcv && "
            f"{active}TORCH_CUDA_ARCH_LIST={major}.{minor} tools/setup.sh"
        )
    if active and (VENV / "bin/python").exists():
        return f"source .venv/bin/activate (this Python is {sys.executable})"
    return f"{active}tools/setup.sh --again"


def verdict(rows: dict[str, str]) -> tuple[bool, str]:
    """Return whether the environment is ready, and a sentence with the cure otherwise."""
    bad = {
        name: value
        for name, value in rows.items()
        if value.startswith(("MISSING", "FAILS")) and name not in OPTIONAL
    }
    if bad:
        cures = dict.fromkeys(cure(name, value) for name, value in bad.items())
        return False, f"NOT ready: {', '.join(bad)}; {'; '.join(cures)}"
    ready = "ready"
    if rows["mmyolo"].startswith(("MISSING", ABSENT)):
        ready = "ready for the mmdet hosts; the YOLO configs need mmyolo"
    if "GPU" in rows:
        ready += f"; on the CPU alone: {rows['GPU']}"
    return True, ready


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    args = parser.parse_args(argv)
    # tinydet first, because it makes mmyolo importable beside mmcv 2.1.
    version("tinydet")
    rows = gather()
    fine, sentence = verdict(rows)
    if args.json:
        print(json.dumps(rows | {"verdict": sentence}, indent=1))
    else:
        width = max(map(len, rows))
        for name, value in rows.items():
            print(f"{name:<{width}}  {value}")
        print(sentence)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
