"""A file of weights: its name, address and hash."""

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

# Files of OpenMMLab with a wrong hash in their name (open-mmlab/mmcv#600), and the true hash; that
# of the second file is unknown.
RENAMED = {
    "resnext50_32x4d_gn-c7e8b754.pth": "f29c35b885c70395dfee2e509420cb0d",
    "resnext101_32x4d_gn-ac3bb84e.pth": "",
}


@dataclass(frozen=True)
class Source:
    """The source of weights that a config names.

    Args:
        name: Name in the config.
        file: Name of the file; path of a local file.
        url: Address; ``None`` for a local file or a file that only a package contains.
        sha256: First digits of the SHA-256 of the content; empty if unknown.
        package: ``name==version`` of a package that contains the file.
        adapt: Function that renames the tensors as in the backbone.
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
    """Return the source at an address, with the hash from the file's name.

    Raises:
        InputError: The address names no file.
    """
    path = unquote(urlparse(url).path)  # first, because %2F is a slash
    file = PurePosixPath(path).name
    if file in ("", "..") or path.endswith("/"):
        raise InputError(f"checkpoint {name}: the address {url} names no file")
    return Source(name, file, url, promised_hash(file), **more)


def promised_hash(file: str) -> str:
    """Return the hash digits at the end of a file's name, or an empty string.

    torch.hub and OpenMMLab name files like ``resnet50-0676ba61.pth``. Eight digits that form a
    date, as in ``best-20240131.pth``, are not a hash.
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
    """Return the SHA-256 of a file in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
