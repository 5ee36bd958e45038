"""What a number comes from: the commit, and what the log of its training says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

STAMP = re.compile(r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) - mmengine - ", re.MULTILINE)


def git_commit(root: Path) -> str:
    """Return the commit of a checkout, ``-dirty`` after it where files differ; empty without git.

    ``results.csv`` does not count: writing it is what the tables are run for.
    """
    try:
        commit = _git(root, "rev-parse", "--short=10", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", ".", ":(exclude,glob)**/results.csv")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{commit}-dirty" if changed else commit


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@dataclass(frozen=True)
class Machine:
    """What the logs of a training say of it.

    Attributes:
        torch: Version.
        gpu: Name; ``CPU`` where there was none.
        hours: From the first to the last line of each log, all of them together: the wall time of
            the processes, with work that was lost in an interruption and without a queue's wait.
    """

    torch: str = ""
    gpu: str = ""
    hours: float | None = None


def read_logs(folder: Path) -> Machine:
    """Read the logs that mmengine left in a work folder; what they do not say stays empty."""
    seconds, text = [], ""
    for path in sorted(folder.glob("*/*.log")):
        text = path.read_text(encoding="utf-8", errors="replace")
        stamps = [datetime.strptime(stamp, "%Y/%m/%d %H:%M:%S") for stamp in STAMP.findall(text)]
        if stamps:
            seconds.append((stamps[-1] - stamps[0]).total_seconds())
    torch = re.search(r"^ +PyTorch: (\S+)", text, re.MULTILINE)
    gpu = re.search(r"^ +GPU [\d,]+: (.+)", text, re.MULTILINE)
    no_gpu = re.search(r"^ +CUDA available: False", text, re.MULTILINE)
    return Machine(
        torch=torch[1] if torch else "",
        gpu=gpu[1].strip() if gpu else "CPU" * bool(no_gpu),
        hours=sum(seconds) / 3600 if seconds else None,
    )
