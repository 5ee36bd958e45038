"""One HTTP request for a file, whose failure tells whether a retry can help."""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.logging import print_log
from tqdm import tqdm

PATIENCE = 20.0  # seconds without a response or a byte
BLOCK = 1 << 20  # bytes
LARGE = 10 << 20  # bytes from which a progress bar is shown


class Refused(Exception):
    """A failure that a retry cannot mend."""


class Interrupted(Exception):
    """An incomplete or wrong download; a retry may help."""


def transfer(url: str, part: Path) -> None:
    """Download the missing rest of ``part``, or the whole file if the server sends no ranges.

    Raises:
        Refused: The network, host or file is missing, or the server does not respond.
        Interrupted: The connection broke, or the server is busy.
        OSError: ``part`` is not writable.
    """
    start = part.stat().st_size if part.is_file() else 0
    with _opened(url, start, part) as answer:
        if answer.status != http.client.PARTIAL_CONTENT:
            start = 0
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length else None
        size = f"{total / 1e6:.1f} MB" if total else "of unknown size"
        print_log(f"downloading {url} ({size})", logger="current")
        quiet = True if (total or 0) < LARGE else None  # None: no bar without a terminal
        with (
            part.open("ab" if start else "wb") as file,
            tqdm(total=total, initial=start, unit="B", unit_scale=True, disable=quiet) as bar,
        ):
            for block in _blocks(answer):
                file.write(block)
                bar.update(len(block))
            here = file.tell()
    if total is not None and here != total:
        raise Interrupted(f"the download ended after {here:,} of {total:,} bytes")


def stated_size(url: str, patience: float = 5.0) -> int | None:
    """Return the size of a file in bytes as the server states it, ``None`` if it does not."""
    try:
        with _ask(url, patience, "HEAD") as answer:
            return int(answer.headers["Content-Length"])
    except (OSError, http.client.HTTPException, TypeError, ValueError):
        return None


def _blocks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            block = answer.read(BLOCK)
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(f"the connection broke ({_reason(error)})") from None
        if not block:
            return
        yield block


@contextmanager
def _opened(url: str, start: int, part: Path) -> Iterator[http.client.HTTPResponse]:
    try:
        answer = _ask(url, PATIENCE, **({"Range": f"bytes={start}-"} if start else {}))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            part.unlink()
            raise Interrupted(
                "the partial file of an earlier download is longer than the file"
            ) from None
        kind = Interrupted if error.code >= 500 or error.code in (408, 429) else Refused
        raise kind(f"HTTP {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        # A missing network, host or response is final; a broken connection is not.
        broke = isinstance(getattr(error, "reason", error), ConnectionResetError)
        raise (Interrupted if broke else Refused)(_reason(error)) from None
    with answer:
        yield answer


def _ask(
    url: str, patience: float, method: str = "GET", **headers: str
) -> http.client.HTTPResponse:
    headers = {"User-Agent": "tinydet", **headers}
    request = urllib.request.Request(url, headers=headers, method=method)
    opener = urllib.request.build_opener()  # reads the proxies of the environment now
    return opener.open(request, timeout=patience)


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    if isinstance(cause, socket.gaierror):
        return f"the name of the host is not found: {cause.strerror}"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
