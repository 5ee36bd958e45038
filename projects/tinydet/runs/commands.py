"""The command lines that train and test a run and weigh its model: here, on GPUs, under Slurm."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tinydet.errors import InputError

TOOLS = Path(__file__).resolve().parents[3] / "tools"
LAUNCHERS = ("none", "pytorch", "slurm")


@dataclass(frozen=True)
class Command:
    """What to run.

    Attributes:
        arguments: Program and arguments.
        environment: Variables beside those of this process.
    """

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        words = [f"{name}={value}" for name, value in self.environment.items()]
        return " ".join([*words, shlex.join(self.arguments)])


@dataclass(frozen=True)
class Launcher:
    """Build the commands of a run.

    Args:
        kind: ``none`` for one process, ``pytorch`` for torchrun, ``slurm`` for srun.
        gpus: Number of processes; without GPUs they talk by gloo.
        partition: Of Slurm.
        tools: Folder of the tools.

    Raises:
        InputError: A launcher that does not fit the number of GPUs, or Slurm without a partition.
    """

    kind: str = "none"
    gpus: int = 1
    partition: str = ""
    tools: Path = TOOLS

    def __post_init__(self) -> None:
        if self.kind not in LAUNCHERS:
            raise InputError(f"launcher is {self.kind!r}; there are {', '.join(LAUNCHERS)}")
        if self.gpus < 1 or (self.kind == "none" and self.gpus > 1):
            raise InputError(
                f"--gpus {self.gpus} does not go with --launcher {self.kind}: 'none' is one "
                "process, 'pytorch' and 'slurm' are one or more"
            )
        if self.kind == "slurm" and not self.partition:
            raise InputError("--launcher slurm needs --partition, the one that srun asks for")

    def train(self, config: Path, folder: Path, *options: str) -> Command:
        """Train ``config`` in ``folder``."""
        return self._launch("train", [str(config)], ["--work-dir", str(folder), *options])

    def test(self, config: Path, checkpoint: Path, folder: Path, *options: str) -> Command:
        """Test a checkpoint; the log goes to ``folder``."""
        positional = [str(config), str(checkpoint)]
        return self._launch("test", positional, ["--work-dir", str(folder), *options])

    def weigh(self, config: Path, out: Path, *options: str) -> Command:
        """Count parameters and operations into the JSON ``out``; needs no GPU."""
        tool = str(self.tools / "analysis/complexity.py")
        only = ["--only", "parameters", "flops", "--device", "cpu", "--json", str(out)]
        return Command([sys.executable, tool, str(config), *only, *options])

    def _launch(self, tool: str, positional: list[str], options: Sequence[str]) -> Command:
        if self.kind == "none":
            script = str(self.tools / f"{tool}.py")
            return Command([sys.executable, script, *positional, *options])
        ours = {"TINYDET_PYTHON": sys.executable}  # the scripts would look for one of their own
        if self.kind == "pytorch":
            script = str(self.tools / f"dist_{tool}.sh")
            # A port of its own, so that two trainings of one machine do not meet.
            port = os.environ.get("PORT") or str(_free_port())
            return Command([script, *positional, str(self.gpus), *options], {"PORT": port} | ours)
        script = str(self.tools / f"slurm_{tool}.sh")
        job = Path(positional[0]).stem
        arguments = [script, self.partition, job, *positional, *options]
        return Command(arguments, {"GPUS": str(self.gpus)} | ours)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
