"""A lock on a work folder: no run is trained twice at once.

The trainings inherit the locked file, so the system releases the lock when the last of them has
ended, for whatever reason. A training that outlives a killed ``run.py`` still holds the lock.
"""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path


class RunLock:
    """The lock of a work folder.

    Args:
        folder: Work folder of a run; created if missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / ".claim"  # older versions of run.py lock the same file
        self.file = None

    def acquire(self) -> bool:
        """Take the lock if it is free; return whether it was."""
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

    def release(self) -> None:
        """Close the file; the lock stays with the processes that inherited the descriptor."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def fileno(self) -> int:
        """Return the file descriptor for the trainings to inherit."""
        return self.file.fileno()

    def owner(self) -> str:
        """Return ``host pid`` of the process that took the lock last."""
        return self.path.read_text() if self.path.is_file() else ""

    def is_orphaned(self) -> bool:
        """Return whether the owner has died on this host, so that only its training holds on."""
        host, _, process = self.owner().partition(" ")
        if host != socket.gethostname() or not process.isdecimal():
            return False
        try:
            os.kill(int(process), 0)  # signal 0 only checks that the process exists
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # the process of another user
        return False
