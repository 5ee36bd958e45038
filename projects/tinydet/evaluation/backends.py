"""Three evaluators that match detections to ground truth: equal numbers, different speed."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

from mmengine.logging import print_log

from tinydet.boxes import Boxes
from tinydet.errors import InputError
from tinydet.evaluation.protocol import ClassResult, Protocol

BACKENDS = ("ultrafast", "pycocotools", "aitodpycocotools")
REPLACED = {"faster": "ultrafast"}  # removed backends, and those that give the same numbers
# A backend takes the ground truth (a COCO dictionary), the detections and the protocol, and
# returns one result per category in the order of the category ids. Annotations and detections of
# categories that the dictionary does not list are ignored.
Backend = Callable[[dict, Boxes, Protocol], list[ClassResult]]


def load_backend(name: str) -> Backend:
    """Import one of :data:`BACKENDS` and return its matching function.

    A name in :data:`REPLACED` is accepted with a warning.

    Raises:
        InputError: The name is unknown, or the package is not installed.
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
