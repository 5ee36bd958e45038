"""A tool in a process of its own, its output in a log, ended with the process that started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tinydet.runs.claim import Claim, end_with_parent
from tinydet.runs.commands import Command


class RunFailed(RuntimeError):
    """A step of a run ended with an error; the message says which, why and where the log is."""


def call(step: str, command: Command, log: Path, claim: Claim) -> None:
    """Run a tool to its end.

    Args:
        step: What it does, for the message of a failure.
        command: Its command line.
        log: Its output is added to this file.
        claim: Right to the work folder, which the tool inherits.

    Raises:
        RunFailed: It ended with another code than 0.
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
            pass_fds=(claim.descriptor(),),
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
            check=False,
        )
    if done.returncode:
        why = _last_words(log, start)
        raise RunFailed(f"{step} ended with code {done.returncode}: {why} (log: {log})")


def _last_words(log: Path, start: int) -> str:
    """Return the sentence of a tool's error, or the last line it printed."""
    with log.open("rb") as file:
        file.seek(start)
        text = file.read().decode("utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error: ")]
    return (errors or lines or ["it printed nothing"])[-1]
