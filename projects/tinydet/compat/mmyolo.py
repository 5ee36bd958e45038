"""mmyolo 0.6 beside mmcv 2.1: imported if it can be, explained if it cannot."""

from __future__ import annotations

import functools
import importlib.util
import warnings

MMYOLO = "mmyolo==0.6.0"
TOGETHER = f"{MMYOLO} mmdet==3.3.0 mmengine==0.10.7"  # as in requirements.txt


def has_mmyolo() -> bool:
    """Tell whether mmyolo (GPL-3.0, therefore optional) is installed and can be imported."""
    return not mmyolo_trouble()


def mmyolo_trouble() -> str:
    """Return why mmyolo cannot be used and what to do; nothing where it can."""
    if importlib.util.find_spec("mmyolo") is None:
        return f"is not installed: pip install --no-deps {MMYOLO} (mind its licence, see README.md)"
    return _import_trouble("mmyolo") or _import_trouble("mmyolo.models")


@functools.cache
def _import_trouble(module: str) -> str:
    """Import a module of mmyolo; where that fails, return why, and warn."""
    import mmcv

    true_version = mmcv.__version__
    mmcv.__version__ = "2.0.1"
    try:
        importlib.import_module(module)
    except Exception as error:  # whatever a module may do while it is imported
        cause = f"{type(error).__name__}: {str(error).strip() or 'no message'}"
        cure = f"pip install --no-deps --force-reinstall {TOGETHER}"
        if isinstance(error, ModuleNotFoundError) and not error.name.startswith("mmyolo"):
            cure = f"install {error.name.split('.')[0]}"
        trouble = f"is broken ({cause}): {cure}, or pip uninstall mmyolo"
        warnings.warn(f"mmyolo {trouble}; all else goes on without it", stacklevel=2)
        return trouble
    finally:
        mmcv.__version__ = true_version
    return ""


def import_mmyolo() -> None:
    """Import mmyolo although it asserts ``mmcv < 2.1.0``.

    mmyolo 0.6.0 works with mmcv 2.1, the only 2.x that compiles against current torch; the
    upper bound was written before 2.1 came out. The version it reads is lowered for the
    duration of the import alone. A mmyolo whose import fails (it asserts versions of mmengine and
    mmdet, too, and has dependencies of its own) is an absent one, with a warning.

    No-op: mmyolo is absent, already imported, or mmcv is older than 2.1.
    """
    if importlib.util.find_spec("mmyolo") is not None:
        _import_trouble("mmyolo")
