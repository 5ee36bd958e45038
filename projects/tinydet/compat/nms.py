"""An NMS of ours wherever a config writes ``nms=dict(type=...)``."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from tinydet.compat.wrapping import wrap_everywhere
from tinydet.registry import TASK_UTILS


def resolve_nms_scope() -> None:
    """Understand ``nms=dict(type="tinydet.nwd_nms", ...)`` in ``test_cfg`` and ``rpn_proposal``.

    ``mmcv.ops.batched_nms`` evaluates the type among the names of its own file, and keeps classes
    apart by shifting each by the largest coordinate plus 1. That is enough for overlaps, which
    end where boxes end, but not for distances, so a type of ours gets boxes and classes as they
    are. Modules that took the function before are given the new one.

    No-op: the type is not of scope tinydet; mmcv has no operators of either kind.
    """
    if importlib.util.find_spec("mmcv._ext") is None:
        return

    def make(original: Callable) -> Callable:
        def batched_nms(boxes, scores, idxs, nms_cfg, class_agnostic=False):
            kind = (nms_cfg or {}).get("type")
            if not (isinstance(kind, str) and kind.startswith("tinydet.")):
                return original(boxes, scores, idxs, nms_cfg, class_agnostic)
            function = TASK_UTILS.get(kind)
            if function is None:
                raise KeyError(f"nms: type={kind!r} is unknown; tinydet has 'tinydet.nwd_nms'")
            arguments = {k: v for k, v in nms_cfg.items() if k not in ("type", "_scope_")}
            return function(boxes, scores, idxs, **{"class_agnostic": class_agnostic, **arguments})

        return batched_nms

    wrap_everywhere(importlib.import_module("mmcv.ops.nms"), "batched_nms", make)
