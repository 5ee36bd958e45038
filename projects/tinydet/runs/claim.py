"""The right to work on a run, so that it is never trained twice at once.

It is a lock on a file that the trainings inherit, so the system gives it up when the last of them
has ended, by whatever cause. A run that outlives a killed ``run.py`` still holds it.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
from pathlib import Path


class Claim:
    """The right to work in a folder.

    Args:
        folder: Work folder of a run; made if it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / ".claim"
        self.file = None

    def take(self) -> bool:
        """Take it if it is free, and say whether it was."""
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"{socket.gethostname()} {os.getpid()}")
        file.flush()
        self.file = file
        return True

    def give_up(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None

    def descriptor(self) -> int:
        """Return the file descriptor for the trainings to inherit."""
        return self.file.fileno()

    def owner(self) -> str:
        """Return host and process that took it last."""
        return self.path.read_text() if self.path.is_file() else ""

    def is_orphaned(self) -> bool:
        """Say whether the process that took it is gone and only its training holds it."""
        host, _, process = self.owner().partition(" ")
        if host != socket.gethostname() or not process.isdecimal():
            return False
        try:
            os.kill(int(process), 0)  # signal 0 only asks whether it is there
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # another user's
        return False


def end_with_parent() -> None:
    """Have the kernel end this process when its parent dies (Linux): for ``preexec_fn``.

    A killed ``run.py`` cannot tell its training to stop, and the next one would start a second
    training on the same GPUs.
    """
    pr_set_pdeathsig = 1  # of linux/prctl.h
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
