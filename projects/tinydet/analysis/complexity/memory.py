"""Peak memory of what runs between two calls: CUDA's own count, or Linux's of the process."""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path

import torch


class PeakMemory:
    """Bytes taken from here on.

    Args:
        device: On a GPU the tensors of this process count; on a CPU all that it got resident.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self.before = 0
        if device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats(device)
            self.before = torch.cuda.memory_allocated(device)
        elif Path("/proc/self/clear_refs").exists():
            gc.collect()
            ctypes.CDLL(None).malloc_trim(0)  # else blocks that were freed hide what is taken next
            Path("/proc/self/clear_refs").write_text("5")  # forgets the peak that VmHWM tells
            self.before = _status("VmRSS")

    def read(self) -> int:
        """Return the peak so far, less what was taken before.

        Raises:
            OSError: On a CPU without Linux's ``/proc``.
        """
        if self.device.startswith("cuda"):
            return torch.cuda.max_memory_allocated(self.device) - self.before
        return _status("VmHWM") - self.before


def _status(name: str) -> int:
    """Return a line of Linux's account of this process, bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))
