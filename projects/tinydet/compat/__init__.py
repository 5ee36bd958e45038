"""Patches that make mmengine 0.10.7, mmcv 2.1, mmdet 3.3 and mmyolo 0.6 work together.

Tested with torch 2.13 and numpy 2.4; :mod:`tinydet.supported` lists the torch versions. Each patch
is one function whose docstring gives the reason and, under "No-op", the condition without effect.
:func:`apply` applies all patches and may be called repeatedly.

Three patches are elsewhere: operators (:mod:`tinydet.ops`), checkpoints
(:mod:`tinydet.checkpoints`, :mod:`tinydet.weights.report`) and logs (:mod:`tinydet.log`).
"""

from tinydet.compat.collate import resolve_collate_scope
from tinydet.compat.deform_conv import divide_any_batch
from tinydet.compat.gloo import distribute_on_cpu
from tinydet.compat.inferencers import find_steps_by_kind
from tinydet.compat.mmyolo import has_mmyolo, import_mmyolo, mmyolo_trouble
from tinydet.compat.nms import resolve_nms_scope
from tinydet.compat.runner import (
    average_from_plain_states,
    checkpoint_activations,
    compile_without_optimizer,
    remember_bases,
)

__all__ = ["apply", "has_mmyolo", "mmyolo_trouble"]


def apply() -> None:
    """Apply every patch; called by ``import tinydet``."""
    remember_bases()
    import_mmyolo()
    resolve_collate_scope()
    resolve_nms_scope()
    divide_any_batch()
    distribute_on_cpu()
    checkpoint_activations()
    compile_without_optimizer()
    find_steps_by_kind()
    average_from_plain_states()
