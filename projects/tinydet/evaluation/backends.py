"""Three evaluators that match detections to ground truth; the same numbers, other speeds.

Each is a function of one class, because they keep a Python dictionary a box: a class at a time
bounds the memory.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from tinydet.errors import InputError
from tinydet.evaluation.detections import Detections
from tinydet.evaluation.protocol import ClassResult, Protocol

BACKENDS = ("ultrafast", "pycocotools", "aitodpycocotools")
# Ground truth of one class (a COCO dictionary with one category), its detections, what to measure.
Backend = Callable[[dict, Detections, Protocol], ClassResult]


def load_backend(name: str) -> Backend:
    """Return the matching function of one of :data:`BACKENDS`; its package is imported only now.

    Raises:
        InputError: Unknown name, or the package is not installed.
    """
    if name not in BACKENDS:
        raise InputError(f"evaluation backend {name!r} is none of {', '.join(BACKENDS)}")
    try:
        if name == "ultrafast":
            from tinydet.evaluation.ultrafast_backend import match_class

            return match_class
        from tinydet.evaluation.pycocotools_backend import load_classes, match_class

        return functools.partial(match_class, load_classes(name))
    except ImportError as error:
        cure = (
            "pip install -r requirements.txt"
            if name == "ultrafast"
            else "backend='ultrafast' gives the same numbers"
        )
        raise InputError(
            f"evaluation backend {name!r} is not installed ({error}); {cure}"
        ) from None
