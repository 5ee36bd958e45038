"""Three evaluators that match detections to ground truth; the same numbers, other speeds."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

from mmengine.logging import print_log

from tinydet.errors import InputError
from tinydet.evaluation.detections import Detections
from tinydet.evaluation.protocol import ClassResult, Protocol

BACKENDS = ("ultrafast", "pycocotools", "aitodpycocotools")
REPLACED = {"faster": "ultrafast"}  # gone, and what gives the same numbers
# Of ground truth (a COCO dictionary), detections of its images and what to measure: the result of
# each of its categories, in the order of their ids. Annotations of other categories do not count.
Backend = Callable[[dict, Detections, Protocol], list[ClassResult]]


def load_backend(name: str) -> Backend:
    """Return the matching function of one of :data:`BACKENDS`; its package is imported only now.

    A name of :data:`REPLACED` is taken, with a warning.

    Raises:
        InputError: Unknown name, or the package is not installed.
    """
    if name in REPLACED:
        print_log(
            f"evaluation backend {name!r} is replaced by {REPLACED[name]!r}, which gives the same "
            "numbers in less time",
            "current",
            logging.WARNING,
        )
        name = REPLACED[name]
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
