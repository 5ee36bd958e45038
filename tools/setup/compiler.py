#!/usr/bin/env python
"""Decide how mmcv's operators are compiled here; tools/setup.sh runs it and reads its answer.

python tools/setup/compiler.py FOLDER  prints shell assignments, or one sentence and exits with 1
python tools/setup/compiler.py --nvcc  prints which nvcc it would take, or why none, for check_env

FOLDER takes a link that the linker needs. Reads CUDA_HOME, TORCH_CUDA_ARCH_LIST (the architectures
to build for; default: of the visible GPUs, else those that torch was built for) and
TINYDET_CPU_OPS=1 (operators for the CPU alone beside a torch built for CUDA).
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SUPPORTED = runpy.run_path(str(Path(__file__).parents[2] / "projects/tinydet/supported.py"))
SYSTEM_NVCC = Path("/usr/local/cuda/bin/nvcc")
Capability = tuple[int, int]


class CannotCompile(Exception):
    """What is missing and where to get it, as a sentence for the user."""


@dataclass(frozen=True)
class Torch:
    """What an installed torch and its GPUs demand of a build.

    Attributes:
        version: ``2.13.0+cu130``.
        cuda: ``13.0``; None for a torch built for the CPU.
        built: Compute capabilities it was built for: ``(9, 0)``.
        visible: Compute capabilities of the GPUs that it sees.
        packages: The folder that holds the package ``nvidia`` of its CUDA libraries.
    """

    version: str
    cuda: str | None
    built: tuple[Capability, ...] = ()
    visible: tuple[Capability, ...] = ()
    packages: Path = Path()


@dataclass
class Build:
    """How to compile: for CUDA or not, the environment and what to call the wheel."""

    cuda: bool
    target: str  # part of the wheel's name in the cache: "cpu", "cuda13.0-sm80_90ptx"
    says: str
    environment: dict[str, str] = field(default_factory=dict)


def read_torch() -> Torch:
    """Ask the installed torch."""
    import torch

    if torch.version.cuda is None:
        return Torch(torch.__version__, None)
    # torch.cuda.get_arch_list() is empty without a GPU in torch < 2.13; this is what it reads.
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


def find_nvcc(cuda: str, packages: Path, environment: Mapping[str, str]) -> Path:
    """Return an nvcc of torch's major version of CUDA.

    Looked for in ``$CUDA_HOME/bin``, on the PATH, in ``/usr/local/cuda/bin`` and among the packages
    that pip installed; one in ``CUDA_HOME`` is the user's choice and no other is taken.

    Raises:
        CannotCompile: There is none, or of other major versions only.
    """
    homes = [environment[name] for name in ("CUDA_HOME", "CUDA_PATH") if environment.get(name)]
    chosen = [Path(home) / "bin/nvcc" for home in homes]
    on_path = shutil.which("nvcc", path=environment.get("PATH", ""))
    places = [Path(on_path)] if on_path else []
    places += [SYSTEM_NVCC, *sorted(packages.glob("nvidia/cu*/bin/nvcc"))]
    found = [path for path in chosen if os.access(path, os.X_OK)][:1]
    found = found or [path for path in places if os.access(path, os.X_OK)]
    releases = {path: nvcc_release(path) for path in found}
    major = cuda.split(".")[0]
    for path, release in releases.items():
        if release.split(".")[0] == major:
            return path
    if releases:
        have = ", ".join(f"{path} is of CUDA {release}" for path, release in releases.items())
        raise CannotCompile(
            f"{have}, and torch is built for CUDA {cuda}: the major versions must be the same. "
            f"{_get_nvcc(cuda)}"
        )
    raise CannotCompile(f"torch is built for CUDA {cuda}, and there is no nvcc. {_get_nvcc(cuda)}")


def _get_nvcc(cuda: str) -> str:
    if int(cuda.split(".")[0]) >= 13:
        names = ("nvidia-cuda-nvcc", "nvidia-cuda-crt", "nvidia-nvvm", "nvidia-cuda-cccl")
        wanted = " ".join(f"'{name}=={cuda}.*'" for name in names)
        how = f"{sys.executable} -m pip install {wanted}"
    else:  # the packages of CUDA 12 hold ptxas, but no nvcc
        how = f"conda install -c nvidia cuda-toolkit={cuda}, or: module load cuda/{cuda}"
    return (
        f"The compiler of CUDA {cuda} comes by: {how}; one elsewhere is named by CUDA_HOME. "
        "TINYDET_CPU_OPS=1 goes on with operators for the CPU alone"
    )


def nvcc_release(nvcc: Path) -> str:
    """Return the CUDA version of an nvcc: ``13.0``."""
    said = _run(nvcc, "--version")
    found = re.search(r"release (\d+\.\d+)", said)
    return found[1] if found else "unknown"


def nvcc_home(nvcc: Path) -> Path:
    """Return the toolkit of an nvcc, which may be a link or a script that calls the real one."""
    home = nvcc.resolve().parents[1]
    if (home / "include/cuda_runtime.h").is_file():
        return home
    top = re.search(r"^#\$ TOP=(.+)$", _run(nvcc, "--dryrun", "x.cu"), re.MULTILINE)
    return Path(top[1].strip()).resolve() if top else home


def _run(*command: object) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def architectures(torch: Torch, known: Iterable[Capability], wanted: str = "") -> str:
    """Return TORCH_CUDA_ARCH_LIST, such as ``8.0;9.0+PTX``.

    Args:
        torch: Its visible GPUs decide, else what it was built for.
        known: What the nvcc compiles for; a newer GPU gets the newest of these, as PTX. Empty:
            everything.
        wanted: The user's list, returned as it is.
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
            "there is no GPU to see, and torch does not say what it was built for; set "
            'TORCH_CUDA_ARCH_LIST to the compute capability of your GPUs, such as "8.0;9.0"'
        )
    return ";".join(f"{major}.{minor}" for major, minor in sorted(targets)) + "+PTX"


def known_to(nvcc: Path) -> set[Capability]:
    """Return the compute capabilities that an nvcc compiles for; nothing where it cannot say."""
    said = _run(nvcc, "--list-gpu-arch")
    return {(int(a), int(b)) for a, b in re.findall(r"compute_(\d+)(\d)\b", said)}


def plan(torch: Torch, environment: Mapping[str, str], links: Path) -> Build:
    """Decide how to compile for ``torch``.

    Raises:
        CannotCompile: For CUDA, but without the right nvcc.
    """
    # mmcv builds for CUDA wherever torch sees a GPU, whatever FORCE_CUDA says.
    cpu = {"FORCE_CUDA": "0", "CUDA_VISIBLE_DEVICES": ""}
    if torch.cuda is None:
        return Build(False, "cpu", "for the CPU", cpu)
    if environment.get("TINYDET_CPU_OPS") == "1":
        return Build(False, "cpu", "for the CPU alone, as TINYDET_CPU_OPS=1 says", cpu)
    nvcc = find_nvcc(torch.cuda, torch.packages, environment)
    wanted = environment.get("TORCH_CUDA_ARCH_LIST", "")
    archs = architectures(torch, known_to(nvcc), wanted)
    home = nvcc_home(nvcc)
    ours = {"FORCE_CUDA": "1", "CUDA_HOME": str(home), "TORCH_CUDA_ARCH_LIST": archs}
    ours |= library_paths(home, torch, environment, links)
    why = "as set" if wanted else "the visible GPUs" if torch.visible else "all that torch is for"
    target = re.sub(r"[^0-9a-z]+", "_", archs.lower().replace(".", ""))
    return Build(True, f"cuda{torch.cuda}-sm{target}", f"with {nvcc} for {archs} ({why})", ours)


def library_paths(
    home: Path, torch: Torch, environment: Mapping[str, str], links: Path
) -> dict[str, str]:
    """Return where gcc finds the headers and libraries that the toolkit itself lacks.

    A compiler that pip installed comes without cuSPARSE and others, whose headers torch's includes;
    torch's own packages hold them. The library there is ``libcudart.so.13``, the linker asks for
    ``libcudart.so``: a link in ``links``.
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


def tell_nvcc(torch: Torch) -> str:
    """Return the nvcc for ``torch``, ``13.0 (/usr/local/cuda/bin/nvcc)``, or why there is none."""
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
            print(tell_nvcc(torch))
            return 0
        build = plan(torch, os.environ, Path(argv[0]))
    except CannotCompile as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    cxx20 = SUPPORTED["release"](torch.version) >= SUPPORTED["TORCH_CXX20"]
    answers = {
        "build_target": build.target,
        "build_says": build.says,
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
