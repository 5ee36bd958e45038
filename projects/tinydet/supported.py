"""Supported versions, for the set-up, check_env and checkpoints.

The file imports no package, so the set-up can run it before torch is installed.
"""

from __future__ import annotations

import re

TORCH_OLDEST = (2, 6)  # the first whose allow-list for weights_only=True takes (object, name) pairs
TORCH_DEFAULT = "2.13.0"  # installed by set-up if there is no torch
TORCH_CXX20 = (2, 14)  # the first whose headers need C++20
MMCV = "2.1.0"  # the only 2.x whose operators compile against these


def release(version: str) -> tuple[int, int, int]:
    """Return the numbers of a version: ``(2, 13, 0)`` for ``"2.13.0+cu130"``."""
    numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    if numbers is None:
        raise ValueError(f"{version!r} is not a version")
    return int(numbers[1]), int(numbers[2]), int(numbers[3] or 0)


def torch_too_old(version: str) -> str | None:
    """Return a sentence if a torch is too old, None for a supported torch."""
    if release(version) >= TORCH_OLDEST:
        return None
    oldest = ".".join(map(str, TORCH_OLDEST))
    return (
        f"torch {version} is older than {oldest}, before which checkpoints with mmengine's classes "
        f"cannot be read as data only; install torch {oldest} or newer, or remove torch and let "
        f"tools/setup.sh install {TORCH_DEFAULT}"
    )
