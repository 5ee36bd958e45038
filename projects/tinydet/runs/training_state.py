"""The state of a training, read from its work folder after any kind of interruption."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mmengine.config import Config

from tinydet.errors import InputError
from tinydet.files import write_whole

# The location of files and the number of worker processes do not change what is trained.
LOCATIONS = {"data_root", "work_dir", "num_workers", "persistent_workers", "launcher"}


@dataclass
class TrainingState:
    """The content of ``run.json`` in a work folder.

    Attributes:
        config: Path below the folder of the configs.
        options: ``KEY=VALUE ...`` merged over the config.
        fingerprint: Hash of the config with all its bases, of :func:`fingerprint`.
        gpus: Number of processes.
        commits: Commits of the code, in the order in which they trained.
        trained: Name of the checkpoint that ended the training; empty before the end.
    """

    config: str
    options: str
    fingerprint: str
    gpus: int
    commits: list[str] = field(default_factory=list)
    trained: str = ""

    def save(self, folder: Path) -> None:
        write_whole(folder / "run.json", json.dumps(asdict(self), indent=1) + "\n")

    def check_same(self, other: TrainingState, folder: Path) -> None:
        """Compare the config and the number of GPUs with those of the next start.

        Raises:
            InputError: The next start would continue a different training.
        """
        for what, before, now in (
            ("another version of the config", self.fingerprint, other.fingerprint),
            (f"{self.gpus} GPUs", self.gpus, other.gpus),
        ):
            if before != now:
                raise InputError(
                    f"the training in {folder} was started with {what}, and resuming would mix "
                    "the two; move the folder away to train from scratch, or restore what the "
                    "training was started with"
                )


@dataclass(frozen=True)
class Stage:
    """The progress of a training.

    Attributes:
        newest: Newest whole checkpoint; ``None`` before the first.
        state: The state in ``run.json``; ``None`` before the first start.
    """

    newest: Path | None
    state: TrainingState | None

    @property
    def trained(self) -> bool:
        """Whether the training has ended and its last checkpoint exists."""
        return bool(self.newest and self.state) and self.state.trained == self.newest.name

    def __str__(self) -> str:
        if self.newest is None:
            return "to be trained"
        return f"{'trained' if self.trained else 'to be resumed'}: {self.newest.name}"


def read_stage(folder: Path) -> Stage:
    """Return the progress of the training in a work folder.

    Raises:
        InputError: ``run.json`` is damaged.
    """
    return Stage(newest_checkpoint(folder), read_state(folder))


def read_state(folder: Path) -> TrainingState | None:
    """Return the state of a work folder, ``None`` before the first start.

    Raises:
        InputError: ``run.json`` is damaged, so the config of the checkpoints is unknown.
    """
    path = folder / "run.json"
    if not path.is_file():
        return None
    try:
        return TrainingState(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read ({error}); move the folder away to train from scratch"
        ) from None


def fingerprint(config: Config) -> str:
    """Return a hash of the model, data and schedule of a config, independent of locations."""

    def kept(node: object, key: str = "") -> object:
        if isinstance(node, dict):
            return {key: kept(value, key) for key, value in node.items() if key not in LOCATIONS}
        if isinstance(node, list | tuple):
            return [kept(value, key) for value in node]
        if key == "ann_file" and node:
            return Path(node).name  # the name tells the split, the folder only the location
        return node

    text = json.dumps(kept(config.to_dict()), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the newest checkpoint that is whole.

    A checkpoint is a zip archive with the directory at its end, so a file that a kill cut off
    does not open.
    """
    found = {}
    for path in folder.glob("*.pth"):
        number = re.fullmatch(r"(?:epoch|iter)_(\d+)", path.stem)
        if number and zipfile.is_zipfile(path):
            found[int(number[1])] = path
    return found[max(found)] if found else None


def prepare_resume(folder: Path, newest: Path | None) -> None:
    """Make ``--resume`` find the newest whole checkpoint, or none.

    mmengine follows the file ``last_checkpoint`` without checking its target. A kill can leave
    that file empty, or leave it pointing to a checkpoint that was cut off.
    """
    last = folder / "last_checkpoint"
    if newest is not None:
        write_whole(last, str(newest.resolve()))
    else:
        last.unlink(missing_ok=True)
