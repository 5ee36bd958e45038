"""Say which weights of a backbone a checkpoint filled.

A layer that takes the place of another has other names or shapes than the checkpoint, and loading
is not strict: without a count, nobody sees that three convolutions started from noise, or that
all of them did.
"""

from __future__ import annotations

from mmengine.logging import print_log
from torch import Tensor


def loading_report(name: str, own: dict[str, Tensor | None], given: dict[str, Tensor]) -> str:
    """Compare the tensors of a module with those a checkpoint brings for it.

    Args:
        name: What the module is called in the sentence.
        own: The module's state.
        given: The checkpoint's, by the same names. ``num_batches_tracked`` is left out on both
            sides: it is a counter, and old checkpoints lack it.

    Returns:
        One line: how many tensors are loaded; names of those that are not, with both shapes where
        they disagree; names in the checkpoint that have no place.
    """
    own, given = (
        {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
        for state in (own, given)
    )
    fresh = [key for key in own if key not in given]
    reshaped = [
        f"{key} {tuple(given[key].shape)} instead of {tuple(value.shape)}"
        for key, value in own.items()
        if key in given and given[key].shape != value.shape
    ]
    unused = [key for key in given if key not in own]
    loaded = len(own) - len(fresh) - len(reshaped)
    parts = [f"{name}: {loaded} of {len(own)} tensors loaded from the checkpoint"]
    for names, meaning in (
        (fresh, "not in it"),
        (reshaped, "of another shape"),
        (unused, "in it without a place here"),
    ):
        if names:
            parts.append(f"{len(names)} {meaning}: {', '.join(names)}")
    return "; ".join(parts)


class LoadingReport:
    """Mix-in for a module, before its base class: log :func:`loading_report` on every load.

    The hook is the one that both ``Module.load_state_dict`` and mmengine's own loader call, so
    that ``init_cfg``, ``load_from`` and resuming are all covered.
    """

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args, **kwargs) -> None:
        given = {
            key[len(prefix) :]: value for key, value in state_dict.items() if key.startswith(prefix)
        }
        print_log(loading_report(type(self).__name__, self.state_dict(), given), logger="current")
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
