"""A file of weights: what it is called, where it comes from, what tells it from another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse

from torch import Tensor

from tinydet.errors import InputError

State = dict[str, Tensor]

# Files of OpenMMLab whose name ends in another hash than theirs (open-mmlab/mmcv#600). Of the
# second, only a part of the true one was ever published.
RENAMED = {
    "resnext50_32x4d_gn-c7e8b754.pth": "f29c35b885c70395dfee2e509420cb0d",
    "resnext101_32x4d_gn-ac3bb84e.pth": "",
}


@dataclass(frozen=True)
class Source:
    """Where the weights that a config names come from.

    Args:
        name: As in the config.
        file: Name of the file; of a local one its path.
        url: Address; ``None``: a local file, or one that only a package holds.
        sha256: What the SHA-256 of the content begins with; empty: nobody said.
        package: ``name==version`` of a package that holds the file.
        adapt: Gives the tensors the names that the backbone has.
    """

    name: str
    file: str
    url: str | None = None
    sha256: str = ""
    package: str | None = None
    adapt: Callable[[dict], dict] | None = None

    @property
    def is_local(self) -> bool:
        """Whether the config names a file on this machine."""
        return self.url is None and self.package is None


def from_url(name: str, url: str, **more) -> Source:
    """Return the source at an address, its hash taken from the file's name.

    Raises:
        InputError: The address is of a folder.
    """
    path = unquote(urlparse(url).path)  # before its last part is taken: %2F is a slash
    file = PurePosixPath(path).name
    if file in ("", "..") or path.endswith("/"):
        raise InputError(f"checkpoint {name}: the address {url} names no file")
    return Source(name, file, url, promised_hash(file), **more)


def promised_hash(file: str) -> str:
    """Return the beginning of the SHA-256 that a file's name ends in, or nothing.

    The convention of torch.hub and OpenMMLab: ``resnet50-0676ba61.pth``. Eight digits that are a
    day, as in ``best-20240131.pth``, are no hash.
    """
    if file in RENAMED:
        return RENAMED[file]
    found = re.search(r"-([0-9a-f]{8,64})\.\w+$", file)
    return "" if found is None or _is_day(found[1]) else found[1]


def _is_day(digits: str) -> bool:
    try:
        return len(digits) == 8 and 2000 < datetime.strptime(digits, "%Y%m%d").year < 2100
    except ValueError:
        return False


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
