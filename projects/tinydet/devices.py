"""Why a torch built for CUDA sees no GPU, reported before a run silently uses the CPU.

``tools/torchrun.sh`` calls ``python -m tinydet.devices PROCESSES`` before it starts the processes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import torch

from tinydet.errors import InputError, reported

DRIVER = Path("/proc/driver/nvidia/version")


def driver_version() -> str | None:
    """Return the version of the NVIDIA driver, such as ``535.54.03``; None without a driver."""
    if DRIVER.is_file():
        found = re.search(r"\s(\d{3,}\.\d+(?:\.\d+)?)\s", DRIVER.read_text())
        if found:
            return found[1]
    ask = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(done.stdout.split()), None)


def why_no_gpu() -> str | None:
    """Return why torch cannot use a GPU; None if it can, or if torch is built for the CPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reason is returned below
        if torch.version.cuda is None or torch.cuda.is_available():
            return None
    try:
        torch.cuda.init()
        said = "no reason given"
    except Exception as error:  # RuntimeError with a page of text, AssertionError in odd builds
        said = str(error)
    torch_is = f"torch {torch.__version__} is built for CUDA {torch.version.cuda}"
    too_old = re.search(r"too old \(found version (\d+)\)", said)
    if too_old:
        major, minor = divmod(int(too_old[1]) // 10, 100)
        return (
            f"driver {driver_version() or 'of this machine'} (CUDA {major}.{minor}) is too old for "
            f"CUDA {torch.version.cuda}, which this torch {torch.__version__} is built for: "
            f"install a torch built for CUDA {major}, or update the driver"
        )
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if "No CUDA GPUs" in said and hidden is not None:
        return f"{torch_is}, and CUDA_VISIBLE_DEVICES={hidden!r} hides the GPUs"
    if "no NVIDIA driver" in said:
        return (
            f"{torch_is}, and this machine has no NVIDIA driver (a login node? a container that "
            "was started without --gpus all?)"
        )
    return f"{torch_is} and sees no GPU ({said.strip().splitlines()[0]})"


def usable_device(wanted: str) -> str:
    """Return a usable device; ``auto`` is a GPU if there is one.

    Raises:
        InputError: torch cannot use the device ``wanted``.
    """
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError) as error:  # AssertionError: torch built without CUDA
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"--device {wanted} cannot be used here: {reason}") from None
    return wanted


def require_gpus(processes: int = 1) -> None:
    """Refuse a distributed run with fewer GPUs than processes.

    A torch built for the CPU runs over gloo, as does any torch with ``TINYDET_DEVICE=cpu``.

    Raises:
        InputError: torch is built for CUDA and sees fewer GPUs than ``processes``.
    """
    wanted = os.environ.get("TINYDET_DEVICE", "")
    if wanted not in ("", "cpu"):
        raise InputError(f"TINYDET_DEVICE is {wanted!r}; set it to 'cpu', or unset it")
    if wanted == "cpu":
        return
    reason = why_no_gpu()
    if reason:
        raise InputError(f"{reason}; TINYDET_DEVICE=cpu runs on the CPU, over gloo")
    if torch.cuda.is_available() and processes > torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise InputError(
            f"{processes} processes need a GPU each, and torch sees {count} here"
            f"{_hidden()}; ask for {count}"
        )


def _hidden() -> str:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return f" (CUDA_VISIBLE_DEVICES={visible!r})" if visible is not None else ""


@reported
def main(argv: list[str]) -> int:
    """Return 1, with a sentence, if there are fewer GPUs than processes."""
    if len(argv) != 1 or not argv[0].isdecimal() or int(argv[0]) < 1:
        raise InputError(f"the number of processes is {' '.join(argv)!r}; it is 1 or more")
    require_gpus(int(argv[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
