"""What became of a module's tensors when a checkpoint was loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

FEW = 6  # names of a kind in a sentence


@dataclass(frozen=True)
class Outcome:
    """What became of a module's tensors.

    ``num_batches_tracked`` is left out everywhere: it is a counter, and old checkpoints lack it.

    Args:
        own: Names of the module's tensors.
        missing: Those that got nothing.
        reshaped: Those for which the checkpoint has another shape, with both shapes.
        unused: Names in the checkpoint that have no place.
    """

    own: list[str]
    missing: list[str]
    reshaped: list[str]
    unused: list[str]

    @property
    def loaded(self) -> int:
        """How many tensors were filled."""
        return len(self.own) - len(self.missing) - len(self.reshaped)

    def sentence(self, module: str, source: str, limit: int | None = FEW) -> str:
        """Return one line, each list shortened to ``limit`` names."""
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
    """Put together what loading a state gave.

    Args:
        own: State of the module.
        given: State in the checkpoint.
        missing: What the loader did not find. Its word counts, not the names': a module may make
            tensors from others, as mmcv's ``ConvAWS2d`` does.
        unused: What the loader had no place for.
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
