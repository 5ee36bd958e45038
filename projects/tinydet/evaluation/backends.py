"""Three evaluators that match detections to ground truth; the same numbers, other speeds."""

from __future__ import annotations

import functools
from collections.abc import Callable

from tinydet.errors import InputError
from tinydet.evaluation.detections import Detections
from tinydet.evaluation.protocol import ClassResult, Protocol

BACKENDS = ("ultrafast", "pycocotools", "aitodpycocotools")
# Of ground truth (a COCO dictionary), detections of its images and what to measure: the result of
# each of its categories, in the order of their ids. Annotations of other categories do not count.
Backend = Callable[[dict, Detections, Protocol], list[ClassResult]]


def load_backend(name: str) -> Backend:
    """Return the matching function of one of :data:`BACKENDS`; its package is imported only now.

    Raises:
        InputError: Unknown name, or the package is not installed.
    """
    if name not in BACKENDS:
        raise InputError(f"evaluation backend {name!r} is none of {', '.join(BACKENDS)}")
    try:
        if name == "ultrafast":
            from tinydet.evaluation.ultrafast_backend import match

            return match
        from tinydet.evaluation.pycocotools_backend import load_classes, match

        return functools.partial(match, load_classes(name))
    except ImportError as error:
        cure = (
            "pip install -r requirements.txt"
            if name == "ultrafast"
            else "backend='ultrafast' gives the same numbers"
        )
        raise InputError(
            f"evaluation backend {name!r} is not installed ({error}); {cure}"
        ) from None
