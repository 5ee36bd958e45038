"""The outcome of loading a checkpoint: which tensors of a module it filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

FEW = 6  # names per list in a sentence


@dataclass(frozen=True)
class Outcome:
    """The outcome of loading a checkpoint into a module.

    The counter ``num_batches_tracked`` is ignored, because old checkpoints do not contain it.

    Args:
        own: Names of the module's tensors.
        missing: Tensors of the module that the checkpoint does not contain.
        reshaped: Tensors with another shape in the checkpoint, with both shapes.
        unused: Tensors of the checkpoint that the module does not have.
    """

    own: list[str]
    missing: list[str]
    reshaped: list[str]
    unused: list[str]

    @property
    def loaded(self) -> int:
        """Number of tensors that were filled."""
        return len(self.own) - len(self.missing) - len(self.reshaped)

    def sentence(self, module: str, source: str, limit: int | None = FEW) -> str:
        """Return one line, with each list shortened to ``limit`` names."""
        parts = [f"{module}: {self.loaded} of {len(self.own)} tensors loaded from {source}"]
        for names, meaning in (
            (self.missing, "not in it"),
            (self.reshaped, "of another shape"),
            (self.unused, "in it without a place here"),
        ):
            if names:
                more = ", …" if limit and len(names) > limit else ""
                parts.append(f"{len(names)} {meaning}: {', '.join(names[:limit])}{more}")
        return "; ".join(parts)


def outcome(
    own: dict[str, Tensor | None],
    given: dict[str, Tensor],
    missing: Iterable[str],
    unused: Iterable[str],
) -> Outcome:
    """Return the outcome of loading a state.

    Args:
        own: State of the module.
        given: State in the checkpoint.
        missing: Missing keys by the loader. Comparing names would be wrong, because some modules,
            such as mmcv's ``ConvAWS2d``, compute tensors from others.
        unused: Unexpected keys by the loader.
    """
    return Outcome(
        own=[key for key in own if _counts(key)],
        missing=[key for key in missing if _counts(key)],
        reshaped=[
            f"{key} {tuple(given[key].shape)} instead of {tuple(value.shape)}"
            for key, value in own.items()
            if isinstance(value, Tensor) and key in given and given[key].shape != value.shape
        ],
        unused=[key for key in unused if _counts(key)],
    )


def _counts(key: str) -> bool:
    return not key.endswith("num_batches_tracked")
