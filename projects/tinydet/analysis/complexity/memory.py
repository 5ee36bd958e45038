"""Peak memory between two calls, as CUDA counts it, or Linux for the process."""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path

import torch


class PeakMemory:
    """Peak of the bytes allocated since the construction.

    Args:
        device: On a GPU the tensors of this process count; on a CPU its resident memory.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self.before = 0
        if device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats(device)
            self.before = torch.cuda.memory_allocated(device)
        elif Path("/proc/self/clear_refs").exists():
            gc.collect()
            ctypes.CDLL(None).malloc_trim(0)  # else freed blocks hide the next allocations
            Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM, the peak
            self.before = _status("VmRSS")

    def read(self) -> int:
        """Return the peak so far, without the bytes allocated before.

        Raises:
            OSError: The device is a CPU without Linux's ``/proc``.
        """
        if self.device.startswith("cuda"):
            return torch.cuda.max_memory_allocated(self.device) - self.before
        return _status("VmHWM") - self.before


def _status(name: str) -> int:
    """Return an entry of ``/proc/self/status``, bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))
