"""Where the training of a run stands, read from its work folder after any kind of end."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mmengine.config import Config

from tinydet.errors import InputError
from tinydet.tables.files import write_whole

# Where the files lie and how many processes read them does not change what is trained.
PLACES = {"data_root", "work_dir", "num_workers", "persistent_workers", "launcher"}


@dataclass
class TrainingState:
    """What ``run.json`` of a work folder says.

    Attributes:
        config: Path below the folder of the configs.
        options: ``KEY=VALUE ...`` that were merged over it.
        fingerprint: Of the config with all its bases, see :func:`fingerprint`.
        gpus: Number of processes.
        commits: Of the code that trained it, one for each that a start had.
        trained: Checkpoint that the training came to its end with; empty before that.
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
        """Compare with what is to be trained now.

        Raises:
            InputError: A training of something else would be continued.
        """
        for what, before, now in (
            ("another version of the config", self.fingerprint, other.fingerprint),
            (f"{self.gpus} GPUs", self.gpus, other.gpus),
        ):
            if before != now:
                raise InputError(
                    f"{folder} was begun with {what}, and going on would mix the two; "
                    "move the folder away to train anew, or go back to what it was begun with"
                )


def read_state(folder: Path) -> TrainingState | None:
    """Return the state of a work folder, ``None`` before the first start.

    Raises:
        InputError: The file is damaged, so what the checkpoints beside it are of is not known.
    """
    path = folder / "run.json"
    if not path.is_file():
        return None
    try:
        return TrainingState(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read ({error}); move the folder away to train anew"
        ) from None


def fingerprint(config: Config) -> str:
    """Return a hash of all that a config says of model, data and schedule, but not of places."""

    def kept(node: object, key: str = "") -> object:
        if isinstance(node, dict):
            return {key: kept(value, key) for key, value in node.items() if key not in PLACES}
        if isinstance(node, list | tuple):
            return [kept(value, key) for value in node]
        if key == "ann_file" and node:
            return Path(node).name  # which split it is, wherever it lies
        return node

    text = json.dumps(kept(config.to_dict()), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the newest checkpoint that is whole.

    A checkpoint is an archive whose table of contents comes last, so one that was being written
    when the process was killed does not open.
    """
    found = {}
    for path in folder.glob("*.pth"):
        number = re.fullmatch(r"(?:epoch|iter)_(\d+)", path.stem)
        if number and zipfile.is_zipfile(path):
            found[int(number[1])] = path
    return found[max(found)] if found else None


def prepare_resume(folder: Path) -> bool:
    """Make ``--resume`` find the newest whole checkpoint; say whether there is one.

    mmengine follows the file ``last_checkpoint`` without a look at what it names, and a kill can
    leave it empty, or leave a checkpoint cut off.
    """
    newest = newest_checkpoint(folder)
    last = folder / "last_checkpoint"
    if newest is not None:
        write_whole(last, str(newest.resolve()))
    elif last.exists():
        last.unlink()
    return newest is not None
