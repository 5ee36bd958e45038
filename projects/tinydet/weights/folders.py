"""Folders that may contain a file of weights, and the folder for downloads.

The search order is ``TINYDET_WEIGHTS``, the cache of torch and mmengine
(``$TORCH_HOME/hub/checkpoints``), and installed packages. A download goes to ``TINYDET_WEIGHTS`` if
that folder is set and writable, otherwise to torch's cache.

A hash makes a name unambiguous. Files without a hash (``epoch_12.pth``) have one folder per address
in torch's cache, so the weights of different runs are not confused.
"""

from __future__ import annotations

import hashlib
import logging
import os
from importlib import metadata
from pathlib import Path

import torch
from mmengine.logging import print_log

from tinydet.errors import InputError
from tinydet.weights.source import Source, sha256_of


def own_folder() -> Path | None:
    """Return the folder ``TINYDET_WEIGHTS``, ``None`` if the variable is not set.

    Raises:
        InputError: The folder does not exist.
    """
    name = os.environ.get("TINYDET_WEIGHTS")
    if not name:
        return None
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise InputError(f"TINYDET_WEIGHTS names {name}, which is not a folder; create or unset it")
    return folder


def cache_folder(source: Source) -> Path:
    """Return the folder in torch's cache for a source."""
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    if source.sha256 or source.url is None:
        return folder
    return folder / f"from-{hashlib.sha256(source.url.encode()).hexdigest()[:8]}"


def download_folder(source: Source) -> Path:
    """Return the folder for the download of a source."""
    own = own_folder()
    return own if own is not None and os.access(own, os.W_OK) else cache_folder(source)


def find(source: Source) -> Path | None:
    """Return the file of a source, or ``None`` if no folder contains it.

    A file with another hash than its name is logged and ignored.
    """
    for path in _places(source):
        if not path.is_file():
            continue
        if is_whole(path, source):
            return path
        print_log(
            f"{path} is damaged or another file: its SHA-256 does not begin with {source.sha256}; "
            "the file is ignored",
            logger="current",
            level=logging.WARNING,
        )
    return None


def is_whole(path: Path, source: Source) -> bool:
    """Return whether a file has the hash of its source; ``True`` without a known hash."""
    return not source.sha256 or sha256_of(path).startswith(source.sha256)


def _places(source: Source) -> list[Path]:
    own, name = own_folder(), Path(source.file).name
    first = [Path(source.file)] if source.is_local else []
    last = [] if source.is_local else [cache_folder(source) / name]
    return [*first, *([own / name] if own else []), *last, *_in_package(source)]


def _in_package(source: Source) -> list[Path]:
    """Return the paths of the file in an installed package, without importing the package."""
    if source.package is None:
        return []
    try:
        files = metadata.files(source.package.partition("==")[0]) or []
    except metadata.PackageNotFoundError:
        return []
    return [Path(str(file.locate())) for file in files if file.name == source.file]
