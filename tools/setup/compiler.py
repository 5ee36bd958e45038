#!/usr/bin/env python
"""Decide how to compile mmcv's operators on this machine, for tools/setup.sh.

python tools/setup/compiler.py FOLDER  prints shell assignments, or a sentence and exits with 1
python tools/setup/compiler.py --nvcc  prints the nvcc to use or why there is none, for check_env

FOLDER receives a link that the linker needs. The variables CUDA_HOME, TORCH_CUDA_ARCH_LIST
(architectures to build for; default: those of the visible GPUs, else those of torch) and
TINYDET_CPU_OPS=1 (operators for the CPU alone beside a torch built for CUDA) are read.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nvcc import CannotCompile, find_nvcc, nvcc_capabilities, nvcc_home, nvcc_release

SUPPORTED = runpy.run_path(str(Path(__file__).parents[2] / "projects/tinydet/supported.py"))
Capability = tuple[int, int]


@dataclass(frozen=True)
class Torch:
    """The facts of an installed torch that decide how to build.

    Attributes:
        version: Version, such as ``2.13.0+cu130``.
        cuda: CUDA version, such as ``13.0``; None for a torch built for the CPU.
        built: Compute capabilities that torch was built for, such as ``(9, 0)``.
        visible: Compute capabilities of the visible GPUs.
        packages: Folder with the package ``nvidia`` of the CUDA libraries.
    """

    version: str
    cuda: str | None
    built: tuple[Capability, ...] = ()
    visible: tuple[Capability, ...] = ()
    packages: Path = Path()


@dataclass
class Build:
    """How to compile.

    Attributes:
        cuda: Whether to compile for CUDA.
        target: Part of the wheel's name in the cache: ``cpu``, ``cuda13.0-sm80_90ptx``.
        summary: Words for the user.
        environment: Environment variables of the build.
    """

    cuda: bool
    target: str
    summary: str
    environment: dict[str, str] = field(default_factory=dict)


def read_torch() -> Torch:
    """Return the facts of the installed torch."""
    import torch

    if torch.version.cuda is None:
        return Torch(torch.__version__, None)
    # torch.cuda.get_arch_list() reads these flags, but is empty without a GPU in torch < 2.13.
    flags = torch._C._cuda_getArchFlags() or ""
    built = {(int(a), int(b)) for a, b in re.findall(r"sm_(\d+)(\d)\b", flags)}
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    visible = {tuple(torch.cuda.get_device_capability(i)) for i in range(count)}
    packages = Path(torch.__file__).parents[1]
    return Torch(
        torch.__version__,
        torch.version.cuda,
        tuple(sorted(built)),
        tuple(sorted(visible)),
        packages,
    )


def architectures(torch: Torch, known: Iterable[Capability], wanted: str = "") -> str:
    """Return TORCH_CUDA_ARCH_LIST, such as ``8.0;9.0+PTX``.

    Args:
        torch: The visible GPUs decide, or without GPUs the capabilities that torch was built for.
        known: Capabilities that the nvcc compiles for; a newer GPU gets the newest of these, as
            PTX. Empty: no limit.
        wanted: The user's list, returned unchanged.

    Raises:
        CannotCompile: Neither a GPU nor torch tells an architecture.
    """
    if wanted:
        return wanted
    targets = set(torch.visible or torch.built)
    limits = [max(some) for some in (set(known), set(torch.built)) if some]
    if limits:
        newest = min(limits)
        targets = {min(one, newest) for one in targets}
    if not targets:
        raise CannotCompile(
            "no GPU is visible, and torch does not list what it was built for; set "
            'TORCH_CUDA_ARCH_LIST to the compute capability of your GPUs, such as "8.0;9.0"'
        )
    return ";".join(f"{major}.{minor}" for major, minor in sorted(targets)) + "+PTX"


def plan(torch: Torch, environment: Mapping[str, str], links: Path) -> Build:
    """Decide how to compile for ``torch``.

    Raises:
        CannotCompile: The build is for CUDA, and no nvcc fits.
    """
    # mmcv builds for CUDA wherever torch sees a GPU, whatever FORCE_CUDA says.
    cpu = {"FORCE_CUDA": "0", "CUDA_VISIBLE_DEVICES": ""}
    if torch.cuda is None:
        return Build(False, "cpu", "for the CPU", cpu)
    if environment.get("TINYDET_CPU_OPS") == "1":
        return Build(False, "cpu", "for the CPU alone, as TINYDET_CPU_OPS=1 says", cpu)
    nvcc = find_nvcc(torch.cuda, torch.packages, environment)
    wanted = environment.get("TORCH_CUDA_ARCH_LIST", "")
    archs = architectures(torch, nvcc_capabilities(nvcc), wanted)
    home = nvcc_home(nvcc)
    variables = {"FORCE_CUDA": "1", "CUDA_HOME": str(home), "TORCH_CUDA_ARCH_LIST": archs}
    variables |= library_paths(home, torch, environment, links)
    default = "the visible GPUs" if torch.visible else "all architectures of torch"
    summary = f"with {nvcc} for {archs} ({'as set' if wanted else default})"
    target = re.sub(r"[^0-9a-z]+", "_", archs.lower().replace(".", ""))
    return Build(True, f"cuda{torch.cuda}-sm{target}", summary, variables)


def library_paths(
    home: Path, torch: Torch, environment: Mapping[str, str], links: Path
) -> dict[str, str]:
    """Return CPATH and LIBRARY_PATH for headers and libraries that the toolkit lacks.

    A compiler from pip comes without cuSPARSE and other libraries whose headers torch includes;
    torch's own packages contain them. They name the runtime ``libcudart.so.13``, but the linker
    searches for ``libcudart.so``, so ``links`` receives a link of that name.
    """
    found: dict[str, list[str]] = {}
    if not (home / "include/cusparse.h").is_file():
        found["CPATH"] = [str(path) for path in sorted(torch.packages.glob("nvidia/*/include"))]
    if not any((home / place / "libcudart.so").exists() for place in ("lib64", "lib")):
        numbered = [
            *home.glob("lib*/libcudart.so.*"),
            *torch.packages.glob("nvidia/*/lib/libcudart.so.*"),
        ]
        if numbered:
            (links / "libcudart.so").unlink(missing_ok=True)
            (links / "libcudart.so").symlink_to(numbered[0])
            found["LIBRARY_PATH"] = [str(links)]
    kept = {name: [*paths, *filter(None, [environment.get(name)])] for name, paths in found.items()}
    return {name: os.pathsep.join(paths) for name, paths in kept.items() if paths}


def describe_nvcc(torch: Torch) -> str:
    """Return ``13.0 (/usr/local/cuda/bin/nvcc)``, or why there is no nvcc for ``torch``."""
    try:
        nvcc = find_nvcc(torch.cuda or "", torch.packages, os.environ)
    except CannotCompile as error:
        return f"none: {str(error).split('. ')[0]}"
    return f"{nvcc_release(nvcc)} ({nvcc})"


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    warnings.simplefilter("ignore")
    torch = read_torch()
    try:
        if argv == ["--nvcc"]:
            print(describe_nvcc(torch))
            return 0
        build = plan(torch, os.environ, Path(argv[0]))
    except CannotCompile as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    cxx20 = SUPPORTED["release"](torch.version) >= SUPPORTED["TORCH_CXX20"]
    answers = {
        "build_target": build.target,
        "build_says": build.summary,
        "build_cuda": "1" if build.cuda else "",
        "build_std": "c++20" if cxx20 else "c++17",
    }
    for name, value in answers.items():
        print(f"{name}={shlex.quote(value)}")
    pairs = " ".join(shlex.quote(f"{name}={value}") for name, value in build.environment.items())
    print(f"build_environment=({pairs})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
