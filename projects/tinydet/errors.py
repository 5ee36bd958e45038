"""Wrong input, reported in a sentence instead of a traceback."""

from __future__ import annotations

import difflib
import errno
import functools
import sys
from collections.abc import Callable, Iterable

# Errors of the file system that are due to the user's path, not to the program.
REFUSALS = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT),
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR),
}


class InputError(ValueError):
    """An invalid file, key or value from the user.

    The message is a whole sentence: what is wrong, where, and what to do about it.
    """


def did_you_mean(name: str, names: Iterable[str], count: int = 1, similarity: float = 0.6) -> str:
    """Return `` (did you mean 'a' or 'b'?)`` with the nearest names, see :func:`nearest`."""
    return suggestion(nearest(name, names, count, similarity))


def nearest(name: str, names: Iterable[str], count: int, similarity: float) -> list[str]:
    """Return the names that resemble ``name``, the most similar first.

    Args:
        name: What the user wrote; upper and lower case count as equal.
        names: The names that exist.
        count: Greatest number of names to return.
        similarity: Smallest ratio of :class:`difflib.SequenceMatcher`, from 0 to 1.
    """
    by_lower = {other.lower(): other for other in sorted(names)}
    found = difflib.get_close_matches(name.lower(), by_lower, count, similarity)
    return [by_lower[other] for other in found]


def suggestion(names: Iterable[object]) -> str:
    """Return `` (did you mean 'a' or 'b'?)``, or nothing without names."""
    listed = " or ".join(repr(str(name)) for name in names)
    return f" (did you mean {listed}?)" if listed else ""


def reported(main: Callable[..., int]) -> Callable[..., int]:
    """Make a tool's ``main`` print an :class:`InputError` to stderr and return 1.

    Files and folders that the system refuses to read or write are reported likewise.
    """

    @functools.wraps(main)
    def wrapper(*args, **kwargs) -> int:
        try:
            return main(*args, **kwargs)
        except InputError as error:
            # The exception of a DataLoader worker carries the traceback in its text.
            sentence = str(error).rsplit("InputError: ", 1)[-1].strip()
            print(f"error: {sentence}", file=sys.stderr)
            return 1
        except OSError as error:
            missing = error.errno == errno.ENOENT and error.filename  # a path without its folder
            if error.errno not in REFUSALS and not missing:
                raise
            print(f"error: {error.filename or 'a file'}: {error.strerror}", file=sys.stderr)
            return 1

    return wrapper
