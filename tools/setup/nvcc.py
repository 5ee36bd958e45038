"""The nvcc that compiles for the CUDA of a torch: where it is and what it can compile."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SYSTEM_NVCC = Path("/usr/local/cuda/bin/nvcc")


class CannotCompile(Exception):
    """What is missing and where to get it, as a sentence for the user."""


def find_nvcc(cuda: str, packages: Path, environment: Mapping[str, str]) -> Path:
    """Return an nvcc with the same major version of CUDA as torch.

    The candidates are ``$CUDA_HOME/bin``, the PATH, ``/usr/local/cuda/bin`` and the packages that
    pip installed. An nvcc in ``CUDA_HOME`` is the user's choice and excludes all others.

    Args:
        cuda: CUDA version of torch, such as ``13.0``.
        packages: Folder with the package ``nvidia`` of pip.
        environment: Environment variables.

    Raises:
        CannotCompile: No nvcc exists, or all have other major versions.
    """
    homes = [environment[name] for name in ("CUDA_HOME", "CUDA_PATH") if environment.get(name)]
    chosen = [Path(home) / "bin/nvcc" for home in homes]
    on_path = shutil.which("nvcc", path=environment.get("PATH", ""))
    candidates = [Path(on_path)] if on_path else []
    candidates += [SYSTEM_NVCC, *sorted(packages.glob("nvidia/cu*/bin/nvcc"))]
    found = [path for path in chosen if os.access(path, os.X_OK)][:1]
    found = found or [path for path in candidates if os.access(path, os.X_OK)]
    releases = {path: nvcc_release(path) for path in found}
    major = cuda.split(".")[0]
    for path, release in releases.items():
        if release.split(".")[0] == major:
            return path
    if releases:
        have = ", ".join(f"{path} is of CUDA {release}" for path, release in releases.items())
        raise CannotCompile(
            f"{have}, and torch is built for CUDA {cuda}: the major versions must be the same. "
            f"{_how_to_install(cuda)}"
        )
    raise CannotCompile(
        f"torch is built for CUDA {cuda}, and there is no nvcc. {_how_to_install(cuda)}"
    )


def _how_to_install(cuda: str) -> str:
    if int(cuda.split(".")[0]) >= 13:
        names = ("nvidia-cuda-nvcc", "nvidia-cuda-crt", "nvidia-nvvm", "nvidia-cuda-cccl")
        wanted = " ".join(f"'{name}=={cuda}.*'" for name in names)
        command = f"{sys.executable} -m pip install {wanted}"
    else:  # pip's packages of CUDA 12 contain ptxas, but no nvcc
        command = f"conda install -c nvidia cuda-toolkit={cuda}, or: module load cuda/{cuda}"
    return (
        f"Install the compiler of CUDA {cuda}: {command}; or set CUDA_HOME to an existing one. "
        "TINYDET_CPU_OPS=1 builds the operators for the CPU alone"
    )


def nvcc_release(nvcc: Path) -> str:
    """Return the CUDA version of an nvcc, such as ``13.0``."""
    found = re.search(r"release (\d+\.\d+)", _run(nvcc, "--version"))
    return found[1] if found else "unknown"


def nvcc_home(nvcc: Path) -> Path:
    """Return the toolkit of an nvcc, following links and scripts that call the real nvcc."""
    home = nvcc.resolve().parents[1]
    if (home / "include/cuda_runtime.h").is_file():
        return home
    top = re.search(r"^#\$ TOP=(.+)$", _run(nvcc, "--dryrun", "x.cu"), re.MULTILINE)
    return Path(top[1].strip()).resolve() if top else home


def nvcc_capabilities(nvcc: Path) -> set[tuple[int, int]]:
    """Return the compute capabilities that an nvcc compiles for; empty if it does not list them."""
    listed = _run(nvcc, "--list-gpu-arch")
    return {(int(a), int(b)) for a, b in re.findall(r"compute_(\d+)(\d)\b", listed)}


def _run(*command: object) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
