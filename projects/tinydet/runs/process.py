"""A tool in a process of its own, with its output in a log; the process ends with its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

from tinydet.runs.commands import Command
from tinydet.runs.lock import RunLock


class RunFailed(RuntimeError):
    """A step of a run failed; the message names the step, the reason and the log."""


def call(step: str, command: Command, log: Path, lock: RunLock) -> None:
    """Run a tool to its end.

    Args:
        step: Name of the step, for the message of a failure.
        command: Command line of the tool.
        log: File that the output is appended to.
        lock: Held for the work folder; the tool inherits the lock.

    Raises:
        RunFailed: The tool exited with a code other than 0.
    """
    with log.open("a", encoding="utf-8") as output:
        output.write(f"\n$ {command}\n")
        output.flush()
        start = output.tell()
        done = subprocess.run(
            command.arguments,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **command.environment},
            pass_fds=(lock.fileno(),),
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            check=False,
        )
    if done.returncode:
        reason = _error_line(log, start)
        raise RunFailed(f"{step} ended with code {done.returncode}: {reason} (log: {log})")


def _end_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies (Linux).

    A killed ``run.py`` cannot stop its training, and the next ``run.py`` would start a second
    training on the same GPUs.
    """
    pr_set_pdeathsig = 1  # from linux/prctl.h
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _error_line(log: Path, start: int) -> str:
    """Return the last error that a tool printed after byte ``start``, else its last line."""
    with log.open("rb") as file:
        file.seek(start)
        text = file.read().decode("utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error: ")]
    return (errors or lines or ["no output"])[-1]
