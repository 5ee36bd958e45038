"""Wrong input, told in a sentence instead of a traceback."""

from __future__ import annotations

import difflib
import errno
import functools
import sys
from collections.abc import Callable, Iterable

# What a file system refuses: the place is wrong, not the program.
REFUSALS = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT),
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR),
}


class InputError(ValueError):
    """A file, a key or a value of the user's that cannot be used.

    The message is a whole sentence: what is wrong, where, and what to do about it.
    """


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `` (did you mean '...'?)`` with the name that resembles it most, or nothing."""
    found = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f" (did you mean {found[0]!r}?)" if found else ""


def reported(main: Callable[..., int]) -> Callable[..., int]:
    """Make a tool's ``main`` print an :class:`InputError` on stderr and return 1.

    The same for a file or folder that the system does not let it read or write.
    """

    @functools.wraps(main)
    def wrapper(*args, **kwargs) -> int:
        try:
            return main(*args, **kwargs)
        except InputError as error:
            # A DataLoader worker's exception arrives with the worker's traceback in its text.
            sentence = str(error).rsplit("InputError: ", 1)[-1].strip()
            print(f"error: {sentence}", file=sys.stderr)
            return 1
        except OSError as error:
            if error.errno not in REFUSALS:
                raise
            print(f"error: {error.filename or 'a file'}: {error.strerror}", file=sys.stderr)
            return 1

    return wrapper
