"""What mmengine 0.10.7, mmcv 2.1, mmdet 3.3 and mmyolo 0.6 need to work together.

Tried with torch 2.13 and numpy 2.4; :mod:`tinydet.supported` has the torch versions that work. One
function an item: its docstring gives the reason, "No-op" the condition under which it changes
nothing. :func:`apply` runs them all and may be called any number of times.

Three items have a place of their own: operators (:mod:`tinydet.ops`), checkpoints
(:mod:`tinydet.checkpoints`, :mod:`tinydet.weights.report`) and logs (:mod:`tinydet.log`).
"""

from tinydet.compat.collate import resolve_collate_scope
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
    """Run every item; called by ``import tinydet``."""
    remember_bases()
    import_mmyolo()
    resolve_collate_scope()
    resolve_nms_scope()
    distribute_on_cpu()
    checkpoint_activations()
    compile_without_optimizer()
    find_steps_by_kind()
    average_from_plain_states()
