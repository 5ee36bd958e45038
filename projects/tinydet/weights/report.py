"""Say which tensors of a module a checkpoint filled, and refuse one that fills none.

Loading is not strict: a layer that takes the place of another has other names or shapes than the
checkpoint, and without a count nobody sees that three convolutions started from noise, or that all
of them did.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable

from mmengine.logging import print_log
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import checkpoint as upstream
from torch import Tensor, nn

from tinydet.compat.wrapping import wrap_everywhere
from tinydet.errors import InputError
from tinydet.weights.outcome import Outcome, outcome

SOURCE = "checkpoint://"  # key in a state's _metadata, which otherwise are names of modules


def named(checkpoint: dict, name: str) -> dict:
    """Write into a checkpoint what it is called, so that the report can say it.

    The name travels in the state's ``_metadata``, which mmengine hands on where it renames keys.
    """
    state = checkpoint.get("state_dict", checkpoint)
    if not isinstance(state, dict):
        return checkpoint
    metadata = getattr(state, "_metadata", None) or OrderedDict()
    if not isinstance(state, OrderedDict):
        state = OrderedDict(state)
    state._metadata = OrderedDict(metadata) | {SOURCE: name}
    if "state_dict" not in checkpoint:
        return state
    checkpoint["state_dict"] = state
    return checkpoint


def report_loads() -> None:
    """Put the report in place of mmengine's list of keys, for all that it loads.

    ``init_cfg``, ``load_from``, resuming and EMA go through one function of mmengine, ``prefix``
    through a second. Modules that took the functions before are given the new ones.
    """
    wrap_everywhere(upstream, "load_state_dict", _reporting)
    wrap_everywhere(upstream, "_load_checkpoint_with_prefix", lambda original: _load_part)


def _reporting(original: Callable) -> Callable:
    def load_state_dict(module, state_dict, strict=False, logger=None) -> None:
        wrapped = is_model_wrapper(module) or isinstance(module, BaseTTAModel)
        target: nn.Module = module.module if wrapped else module
        missing: list[str] = []
        unused: list[str] = []

        def keep(_, keys) -> None:
            missing[:], unused[:] = keys.missing_keys, keys.unexpected_keys

        hook = target.register_load_state_dict_post_hook(keep)
        try:
            original(module, state_dict, strict, "silent")
        finally:
            hook.remove()
        result = outcome(target.state_dict(), state_dict, missing, unused)
        source = (getattr(state_dict, "_metadata", None) or {}).get(SOURCE, "the checkpoint")
        if result.own and not result.loaded:
            raise InputError(_nothing(result, list(state_dict), type(target).__name__, source))
        _log(result, type(target).__name__, source, logger or "current")

    return load_state_dict


def _log(result: Outcome, module: str, source: str, logger: object) -> None:
    """Write a line with a few names; all of them at level DEBUG."""
    incomplete = bool(result.missing or result.reshaped)
    level = logging.WARNING if incomplete else logging.INFO
    line = result.sentence(module, source)
    print_log(line, logger=logger, level=level)
    full = result.sentence(module, source, limit=None)
    if full != line:
        print_log(full, logger=logger, level=logging.DEBUG)


def _nothing(result: Outcome, given: list[str], module: str, source: str) -> str:
    inside = [
        key[: -len(own)] for own in result.own[:1] for key in given if key.endswith("." + own)
    ]
    cure = f"add prefix={inside[0]!r} to init_cfg" if inside else "it is of another architecture"
    return (
        f"{source} holds none of the {len(result.own)} tensors of {module} "
        f"({', '.join(result.own[:2])}, …), but {', '.join(given[:2]) or 'nothing'}, …; {cure}"
    )


def _load_part(prefix: str, filename: str, map_location: object = None) -> dict[str, Tensor]:
    """Load what lies under a prefix of a checkpoint, without it."""
    checkpoint = upstream._load_checkpoint(filename, map_location)
    state = checkpoint.get("state_dict", checkpoint)
    start = prefix if prefix.endswith(".") else prefix + "."
    part = OrderedDict((key[len(start) :], state[key]) for key in state if key.startswith(start))
    if not part:
        parts = ", ".join(dict.fromkeys(key.partition(".")[0] + "." for key in state))
        raise InputError(f"{filename} holds nothing under prefix={prefix!r}, but under {parts}")
    return named(part, f"{filename} ({start})")
