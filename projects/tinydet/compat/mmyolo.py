"""mmyolo 0.6 beside mmcv 2.1: imported if possible, otherwise explained."""

from __future__ import annotations

import functools
import importlib.util
import warnings

MMYOLO = "mmyolo==0.6.0"
TOGETHER = f"{MMYOLO} mmdet==3.3.0 mmengine==0.10.7"  # as in requirements.txt


def has_mmyolo() -> bool:
    """Return whether mmyolo (optional because of its GPL-3.0) is installed and importable."""
    return not mmyolo_trouble()


def mmyolo_trouble() -> str:
    """Return why mmyolo cannot be used and what to do; empty if mmyolo is usable."""
    if importlib.util.find_spec("mmyolo") is None:
        return f"is not installed: pip install --no-deps {MMYOLO} (mind its license, see README.md)"
    return _import_trouble("mmyolo") or _import_trouble("mmyolo.models")


@functools.cache
def _import_trouble(module: str) -> str:
    """Import a module of mmyolo; on failure, warn and return the reason."""
    import mmcv

    true_version = mmcv.__version__
    mmcv.__version__ = "2.0.1"
    try:
        importlib.import_module(module)
    except Exception as error:  # an import can raise anything
        cause = f"{type(error).__name__}: {str(error).strip() or 'no message'}"
        cure = f"pip install --no-deps --force-reinstall {TOGETHER}"
        if isinstance(error, ModuleNotFoundError) and not error.name.startswith("mmyolo"):
            cure = f"install {error.name.split('.')[0]}"
        trouble = f"is broken ({cause}): {cure}, or pip uninstall mmyolo"
        warnings.warn(f"mmyolo {trouble}; everything else works without mmyolo", stacklevel=2)
        return trouble
    finally:
        mmcv.__version__ = true_version
    return ""


def import_mmyolo() -> None:
    """Import mmyolo although it asserts ``mmcv < 2.1.0``.

    mmyolo 0.6.0 works with mmcv 2.1, the only 2.x that compiles against current torch; its upper
    bound predates mmcv 2.1. ``mmcv.__version__`` is lowered only during the import. If the import
    fails, for example on mmyolo's asserts of other versions, a warning is given and mmyolo counts
    as missing.

    No-op: mmyolo is missing or already imported, or mmcv is older than 2.1.
    """
    if importlib.util.find_spec("mmyolo") is not None:
        _import_trouble("mmyolo")
